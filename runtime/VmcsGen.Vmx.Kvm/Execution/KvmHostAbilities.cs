using System;
using VmcsGen.Kvm;
using VmcsGen.Vmx.Entry;

namespace VmcsGen.Vmx.Kvm;

/// <summary>
/// What a host's KVM does of what no capability announces, found out by trying. A KVM that emulates guests or runs them without
/// hardware support may lack it, and the guest would end with a triple fault.
/// </summary>
internal sealed class KvmHostAbilities
{
    private const ulong Root = 0x1000;
    private const ulong Code = 0x4000;
    private const ulong MemorySize = 0x5000;
    private const byte Hlt = 0xF4;

    // Present, writable, user, large.
    private const uint LargePage = 0x87;

    private readonly Lazy<bool> _runs32BitPaging;
    private readonly Lazy<GuestDebugAbilities> _debugging;

    internal KvmHostAbilities(KvmHost host)
    {
        _runs32BitPaging = new(() => Runs(host));
        _debugging = new(() => GuestDebugAbilities.Find(host));
    }

    /// <summary>Whether guests with 32-bit paging run.</summary>
    internal bool Runs32BitPaging => _runs32BitPaging.Value;

    /// <summary>Whether single steps at CPL 3 are reported, and do not raise #DB in the guest.</summary>
    internal bool StepsAtCpl3 => _debugging.Value.SingleStepsAtCpl3;

    /// <summary>Whether debug registers stop the guest.</summary>
    internal bool StopsAtHardwareBreakpoints => _debugging.Value.HardwareBreakpoints;

    private static bool Runs(KvmHost host)
    {
        using var memory = GuestMemory.Allocate(MemorySize);
        memory.Write(Code, Hlt);
        memory.Write(Root, LargePage);
        using var vm = host.CreateVm();
        vm.MapMemory(0, memory);
        using var vcpu = vm.CreateVcpu(0);
        vcpu.SetCpuid2(host.GetSupportedCpuid());
        vcpu.GetSregs(out var sregs);
        sregs.Cr0 = 0x8000_0031; // PG, NE, ET, PE
        sregs.Cr3 = Root;
        sregs.Cr4 = 0x10; // PSE
        var data = new KvmSegment
        {
            Limit = 0xFFFF_FFFF,
            Selector = 0x28,
            Type = 3,
            Present = 1,
            S = 1,
            G = 1,
            Db = 1,
        };
        sregs.Cs = data with { Selector = 0x30, Type = 0xB };
        sregs.Ss = sregs.Ds = sregs.Es = sregs.Fs = sregs.Gs = data;
        vcpu.SetSregs(sregs);
        vcpu.SetRegs(new KvmRegs { Rip = Code, Rflags = RegisterBits.RflagsFixed });
        while (true)
        {
            // A signal may come at any time.
            var reason = vcpu.Run().Reason;
            if (reason != KvmExitReason.Intr)
                return reason == KvmExitReason.Hlt;
        }
    }
}
