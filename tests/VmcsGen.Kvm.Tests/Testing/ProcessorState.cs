using System;
using Xunit;

namespace VmcsGen.Kvm.Tests.Testing;

/// <summary>Puts a vCPU into one of the modes; the FS segment begins at the guest's window in each.</summary>
internal static class ProcessorState
{
    /// <summary>CR0: PG, AM, WP, NE, ET, MP, PE.</summary>
    public const ulong PagingCr0 = 0x8005_0033;

    /// <summary>EFER: LMA, LME.</summary>
    public const ulong LongModeEfer = 0x500;

    // CR4: OSXMMEXCPT, OSFXSR, PAE.
    private const ulong LongModeCr4 = 0x620;
    private const ulong Cr4Osxsave = 0x4_0000;

    // Where tables lie in guest memory.
    private const ulong Pml4 = 0x1000;
    private const ulong Pdpt = 0x2000;
    private const ulong LowDirectory = 0x3000;
    private const ulong WindowDirectory = 0x4000;
    private const ulong TaskState = 0x1_0000;

    // A TSS of 104 bytes, a bitmap with a bit for each port, and a byte of ones. Source: SDM 1 19.5.2.
    private const ushort TaskStateSize = 0x68;
    private const uint PortBitmapSize = 0x1_0000 / 8;

    // Page-table entry bits: present, writable, user; a 2 MiB page.
    private const ulong UserTable = 0x7;
    private const ulong UserPage = 0x87;

    public static void Enter(GuestMode mode, KvmHost host, KvmVcpu vcpu, GuestMemory memory)
    {
        switch (mode)
        {
            case GuestMode.Real:
                EnterRealMode(vcpu);
                break;
            case GuestMode.Protected:
                EnterProtectedMode(vcpu);
                break;
            default:
                EnterLongMode(host, vcpu, memory, privilegeLevel: (byte)(mode == GuestMode.LongUser ? 3 : 0));
                break;
        }
    }

    private static void EnterRealMode(KvmVcpu vcpu)
    {
        vcpu.GetSregs(out var sregs);
        sregs.Cs.Base = 0;
        sregs.Cs.Selector = 0;
        sregs.Fs.Base = Guest.RealModeWindow;
        sregs.Fs.Selector = (ushort)(Guest.RealModeWindow >> 4);
        vcpu.SetSregs(sregs);
    }

    private static void EnterProtectedMode(KvmVcpu vcpu)
    {
        vcpu.GetSregs(out var sregs);
        sregs.Cr0 |= 1;
        sregs.Cs = Segment(selector: 0x08, type: 0xB, privilegeLevel: 0) with { Db = 1 };
        SetData(ref sregs, Segment(selector: 0x10, type: 0x3, privilegeLevel: 0) with { Db = 1 });
        vcpu.SetSregs(sregs);
    }

    /// <summary>CR4 in long mode: OSXMMEXCPT, OSFXSR, PAE, and OSXSAVE where KVM offers it.</summary>
    public static ulong LongModeCr4For(KvmHost host) =>
        LongModeCr4 | (CpuidBuilder.FromSupported(host)[CpuidFeature.Xsave] ? Cr4Osxsave : 0);

    private static void EnterLongMode(KvmHost host, KvmVcpu vcpu, GuestMemory memory, byte privilegeLevel)
    {
        // The low 2 MiB and the window are mapped to themselves. The low ones a second time, above the window.
        memory.Write(Pml4, Pdpt | UserTable);
        memory.Write(Pdpt, LowDirectory | UserTable);
        memory.Write(Pdpt + 8, WindowDirectory | UserTable);
        memory.Write(LowDirectory, UserPage);
        memory.Write(WindowDirectory, Guest.FlatWindow | UserPage);
        memory.Write(WindowDirectory + 8, UserPage);

        // All ports are allowed by the bitmap, and for CPL 3 by IOPL too: not every KVM heeds the latter.
        memory.Write(TaskState + 0x66, TaskStateSize);
        memory.Write(TaskState + TaskStateSize + PortBitmapSize, (byte)0xFF);

        // Without long mode in CPUID, KVM refuses EFER.LME.
        var cpuid = CpuidBuilder.FromSupported(host);
        vcpu.SetCpuid2(cpuid);

        vcpu.GetSregs(out var sregs);
        sregs.Cr0 = PagingCr0;
        sregs.Cr3 = Pml4;
        sregs.Cr4 = LongModeCr4For(host);
        sregs.Efer = LongModeEfer;
        var isUser = privilegeLevel == 3;
        sregs.Cs = Segment(selector: (ushort)(isUser ? 0x33 : 0x08), type: 0xB, privilegeLevel) with { L = 1 };
        SetData(ref sregs, Segment(selector: (ushort)(isUser ? 0x2B : 0x10), type: 0x3, privilegeLevel) with { Db = 1 });
        sregs.Tr = new KvmSegment
        {
            Base = TaskState,
            Limit = TaskStateSize + PortBitmapSize,
            Selector = 0x38,
            Type = 0xB,
            Present = 1,
        };
        vcpu.SetSregs(sregs);

        if (!cpuid[CpuidFeature.Xsave])
            return; // As Linux finds it on Bochs.

        // x87, SSE and AVX state, as an operating system enables them.
        vcpu.GetXcrs(out var xcrs);
        Assert.Equal(1u, xcrs.NrXcrs);
        xcrs.Xcrs[0].Value = cpuid[CpuidFeature.Avx] ? 7ul : 3;
        vcpu.SetXcrs(xcrs);
    }

    private static void SetData(ref KvmSregs sregs, KvmSegment segment)
    {
        sregs.Ss = sregs.Ds = sregs.Es = sregs.Gs = segment;
        sregs.Fs = segment with { Base = Guest.FlatWindow };
    }

    private static KvmSegment Segment(ushort selector, byte type, byte privilegeLevel) =>
        new()
        {
            Limit = 0xFFFF_FFFF,
            Selector = selector,
            Type = type,
            Present = 1,
            Dpl = privilegeLevel,
            S = 1,
            G = 1,
        };
}
