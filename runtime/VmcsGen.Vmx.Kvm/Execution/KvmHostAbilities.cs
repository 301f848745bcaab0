using System;
using VmcsGen.Kvm;

namespace VmcsGen.Vmx;

/// <summary>
/// What a host's KVM does of what no capability announces, found out by trying. A KVM that emulates guests or runs them without
/// hardware support may lack it, and the guest would end with a triple fault.
/// </summary>
internal sealed class KvmHostAbilities
{
    private const ulong Root = 0x1000;
    private const ulong Pdpt = 0x2000;
    private const ulong Directory = 0x3000;
    private const ulong Code = 0x4000;
    private const ulong MemorySize = 0x5000;
    private const byte Nop = 0x90;
    private const byte Hlt = 0xF4;

    // Present, writable, user; and a large page.
    private const ulong Table = 0x7;
    private const ulong LargePage = 0x87;

    private readonly Lazy<bool> _runs32BitPaging;
    private readonly Lazy<bool> _stepsAtCpl3;

    internal KvmHostAbilities(KvmHost host)
    {
        _runs32BitPaging = new(() => TryRun(host, Enter32BitPaging, isStep: false) == KvmExitReason.Hlt);
        _stepsAtCpl3 = new(() => TryRun(host, EnterUserMode, isStep: true) == KvmExitReason.Debug);
    }

    private delegate void Mode(GuestMemory memory, ref KvmSregs sregs);

    /// <summary>Whether guests with 32-bit paging run.</summary>
    internal bool Runs32BitPaging => _runs32BitPaging.Value;

    /// <summary>Whether single steps at CPL 3 are reported, and do not raise #DB in the guest.</summary>
    internal bool StepsAtCpl3 => _stepsAtCpl3.Value;

    private static KvmExitReason TryRun(KvmHost host, Mode enter, bool isStep)
    {
        using var memory = GuestMemory.Allocate(MemorySize);
        memory.Write(Code, (ReadOnlySpan<byte>)[isStep ? Nop : Hlt, Nop]);
        using var vm = host.CreateVm();
        vm.MapMemory(0, memory);
        using var vcpu = vm.CreateVcpu(0);
        vcpu.SetCpuid2(host.GetSupportedCpuid());
        vcpu.GetSregs(out var sregs);
        enter(memory, ref sregs);
        vcpu.SetSregs(sregs);
        vcpu.SetRegs(new KvmRegs { Rip = Code, Rflags = RegisterBits.RflagsFixed });
        if (isStep)
        {
            KvmGuestDebug debug = default;
            debug.Control = KvmGuestDebugControl.Enable | KvmGuestDebugControl.Singlestep;
            vcpu.SetGuestDebug(debug);
        }
        while (true)
        {
            // A signal may come at any time.
            var reason = vcpu.Run().Reason;
            if (reason != KvmExitReason.Intr)
                return reason;
        }
    }

    private static void Enter32BitPaging(GuestMemory memory, ref KvmSregs sregs)
    {
        memory.Write(Root, (uint)LargePage);
        sregs.Cr0 = 0x8000_0031; // PG, NE, ET, PE
        sregs.Cr3 = Root;
        sregs.Cr4 = 0x10; // PSE
        SetSegments(ref sregs, isLong: false, dpl: 0);
    }

    private static void EnterUserMode(GuestMemory memory, ref KvmSregs sregs)
    {
        memory.Write(Root, Pdpt | Table);
        memory.Write(Pdpt, Directory | Table);
        memory.Write(Directory, LargePage);
        sregs.Cr0 = 0x8005_0033; // PG, AM, WP, NE, ET, MP, PE
        sregs.Cr3 = Root;
        sregs.Cr4 = 0x620; // OSXMMEXCPT, OSFXSR, PAE
        sregs.Efer = RegisterBits.EferLme | RegisterBits.EferLma;
        SetSegments(ref sregs, isLong: true, dpl: 3);
        sregs.Tr = new KvmSegment { Limit = 0x67, Selector = 0x38, Type = 0xB, Present = 1 };
    }

    private static void SetSegments(ref KvmSregs sregs, bool isLong, byte dpl)
    {
        var data = new KvmSegment
        {
            Limit = 0xFFFF_FFFF, Selector = (ushort)(0x28 | dpl), Type = 3, Present = 1, S = 1, G = 1, Db = 1, Dpl = dpl,
        };
        sregs.Cs = data with { Selector = (ushort)(0x30 | dpl), Type = 0xB, Db = (byte)(isLong ? 0 : 1), L = (byte)(isLong ? 1 : 0) };
        sregs.Ss = sregs.Ds = sregs.Es = sregs.Fs = sregs.Gs = data;
    }
}
