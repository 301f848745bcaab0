using System;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>The state in which a guest's first processor begins.</summary>
public sealed record GuestStart
{
    private const ushort LinuxCode = 0x10;
    private const ushort LinuxData = 0x18;

    /// <summary>How the guest is started.</summary>
    public required BootProtocol Protocol { get; init; }

    /// <summary>Where it begins.</summary>
    public required ulong Entry { get; init; }

    /// <summary>RAX.</summary>
    public ulong Rax { get; init; }

    /// <summary>RBX.</summary>
    public ulong Rbx { get; init; }

    /// <summary>RSI.</summary>
    public ulong Rsi { get; init; }

    /// <summary>Gives a vCPU this state. Give it its CPUID before.</summary>
    /// <param name="vcpu">The vCPU.</param>
    /// <exception cref="KvmException">The kernel refused.</exception>
    public void ApplyTo(KvmVcpu vcpu)
    {
        ArgumentNullException.ThrowIfNull(vcpu);
        switch (Protocol)
        {
            case BootProtocol.RealMode:
                vcpu.StartInRealMode((ushort)(Entry >> 4), 0, (ushort)BootLayout.Information);
                break;
            case BootProtocol.Linux64 or BootProtocol.LongMode:
                vcpu.StartInLongMode(Entry, BootLayout.StackTop, BootLayout.PageTables);
                break;
            default:
                vcpu.StartInProtectedMode((uint)Entry, (uint)BootLayout.StackTop);
                break;
        }
        if (Protocol != BootProtocol.RealMode)
            LoadDescriptorTable(vcpu);
        vcpu.GetRegs(out var regs);
        vcpu.SetRegs(regs with { Rax = Rax, Rbx = Rbx, Rsi = Rsi });
    }

    // Linux demands these selectors; others do not care. Source: Linux Documentation/arch/x86/boot.rst, 64-bit boot protocol.
    private static void LoadDescriptorTable(KvmVcpu vcpu)
    {
        vcpu.GetSregs(out var sregs);
        sregs.Cs.Selector = LinuxCode;
        sregs.Ds.Selector = sregs.Es.Selector = sregs.Fs.Selector = sregs.Gs.Selector = sregs.Ss.Selector = LinuxData;
        sregs.Gdt = new KvmDtable { Base = BootLayout.Gdt, Limit = DescriptorTable.Limit };
        vcpu.SetSregs(sregs);
    }
}
