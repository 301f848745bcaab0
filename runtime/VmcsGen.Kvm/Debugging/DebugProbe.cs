using System;

namespace VmcsGen.Kvm;

/// <summary>A guest of a few instructions in 64-bit mode and without an IDT, to see what ends it.</summary>
internal static class DebugProbe
{
    internal const byte Nop = 0x90;
    internal const byte Int3 = 0xCC;
    internal const byte Hlt = 0xF4;

    private const ulong Root = 0x1000;
    private const ulong Pdpt = 0x2000;
    private const ulong Directory = 0x3000;
    private const ulong Code = 0x4000;
    private const ulong MemorySize = 0x5000;

    // Present, writable, user; and a large page.
    private const ulong Table = 0x7;
    private const ulong LargePage = 0x87;

    /// <summary>Runs code, with a hardware breakpoint at its second byte if debug registers are used.</summary>
    internal static KvmExitReason Run(KvmHost host, ReadOnlySpan<byte> code, KvmGuestDebugControl events, bool atCpl3)
    {
        using var memory = GuestMemory.Allocate(MemorySize);
        memory.Write(Code, code);
        memory.Write(Root, Pdpt | Table);
        memory.Write(Pdpt, Directory | Table);
        memory.Write(Directory, LargePage);
        using var vm = host.CreateVm();
        vm.MapMemory(0, memory);
        using var vcpu = vm.CreateVcpu(0);
        vcpu.SetCpuid2(host.GetSupportedCpuid());
        vcpu.GetSregs(out var sregs);
        Enter(ref sregs, (byte)(atCpl3 ? 3 : 0));
        vcpu.SetSregs(sregs);
        vcpu.SetRegs(new KvmRegs { Rip = Code, Rflags = 2 });

        KvmGuestDebug debug = default;
        debug.Control = KvmGuestDebugControl.Enable | events;
        debug.Arch.Debugreg[0] = Code + 1;
        debug.Arch.Debugreg[7] = HardwareBreakpoint.OnExecution(Code + 1).Dr7Bits(0) | HardwareBreakpoint.Dr7AlwaysSet;
        vcpu.SetGuestDebug(debug);
        while (true)
        {
            // A signal may come at any time.
            var reason = vcpu.Run().Reason;
            if (reason != KvmExitReason.Intr)
                return reason;
        }
    }

    private static void Enter(ref KvmSregs sregs, byte dpl)
    {
        var data = new KvmSegment
        {
            Limit = 0xFFFF_FFFF,
            Selector = (ushort)(0x28 | dpl),
            Type = 3,
            Present = 1,
            S = 1,
            G = 1,
            Db = 1,
            Dpl = dpl,
        };
        sregs.Cs = data with { Selector = (ushort)(0x30 | dpl), Type = 0xB, Db = 0, L = 1 };
        sregs.Ss = sregs.Ds = sregs.Es = sregs.Fs = sregs.Gs = data;
        sregs.Tr = new KvmSegment
        {
            Limit = 0x67,
            Selector = 0x38,
            Type = 0xB,
            Present = 1,
        };
        sregs.Cr0 = 0x8005_0033; // PG, AM, WP, NE, ET, MP, PE
        sregs.Cr3 = Root;
        sregs.Cr4 = 0x620; // OSXMMEXCPT, OSFXSR, PAE
        sregs.Efer = 0x500; // LMA, LME
    }
}
