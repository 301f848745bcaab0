using VmcsGen.Kvm;

namespace QuickStart;

/// <summary>Puts a vCPU into 64-bit mode at privilege level 3, as an operating system does for a program.</summary>
internal static class LongMode
{
    /// <summary>A virtual address without memory behind it.</summary>
    public const ulong MmioAddress = 0x4000_0000;

    /// <summary>RFLAGS for a program that may use ports: bit 1 is always set, IOPL is 3.</summary>
    public const ulong UserFlags = 0x3002;

    // Where the tables lie in guest memory.
    private const ulong Pml4 = 0x1000;
    private const ulong Pdpt = 0x2000;
    private const ulong LowDirectory = 0x3000;
    private const ulong MmioDirectory = 0x4000;
    private const ulong TaskState = 0x5000;

    // Page-table entry bits: present, writable, user; a 2 MiB page.
    private const ulong UserTable = 0x7;
    private const ulong UserPage = 0x87;

    public static void Enter(KvmHost host, KvmVcpu vcpu, GuestMemory memory)
    {
        // The first 2 MiB and the 2 MiB at the MMIO address are mapped to themselves.
        memory.Write(Pml4, Pdpt | UserTable);
        memory.Write(Pdpt, LowDirectory | UserTable);
        memory.Write(Pdpt + 8, MmioDirectory | UserTable);
        memory.Write(LowDirectory, UserPage);
        memory.Write(MmioDirectory, MmioAddress | UserPage);

        // Offer the guest the processor that KVM supports: without long mode in CPUID, KVM refuses EFER.LME.
        var cpuid = new KvmBuffer<KvmCpuid2, KvmCpuidEntry2>(256);
        host.GetSupportedCpuid(cpuid);
        vcpu.SetCpuid2(cpuid);

        vcpu.GetSregs(out var sregs);
        sregs.Cr0 = 0x8005_0033; // PG, AM, WP, NE, ET, MP, PE
        sregs.Cr3 = Pml4;
        sregs.Cr4 = 0x620; // OSXMMEXCPT, OSFXSR, PAE
        sregs.Efer = 0x500; // LMA, LME
        sregs.Cs = Segment(selector: 0x33, type: 0xB) with { L = 1 };
        sregs.Ss = Segment(selector: 0x2B, type: 0x3) with { Db = 1 };
        sregs.Ds = sregs.Es = sregs.Fs = sregs.Gs = sregs.Ss;
        sregs.Tr = new KvmSegment
        {
            Base = TaskState,
            Limit = 0x67,
            Selector = 0x38,
            Type = 0xB,
            Present = 1,
        };
        vcpu.SetSregs(sregs);
    }

    private static KvmSegment Segment(ushort selector, byte type) =>
        new()
        {
            Limit = 0xFFFF_FFFF,
            Selector = selector,
            Type = type,
            Present = 1,
            Dpl = 3,
            S = 1,
            G = 1,
        };
}
