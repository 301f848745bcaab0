using System;
using System.Buffers.Binary;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Testing;

/// <summary>A processor and the pages of its memory that cases use. Every case begins in a known state.</summary>
public sealed class VmxRig
{
    /// <summary>CR4.VMXE.</summary>
    public const ulong Cr4Vmxe = 1UL << 13;

    /// <summary>CR0.NE, which VMX operation fixes to 1.</summary>
    public const ulong Cr0Ne = 1UL << 5;

    private const int PageSize = 4096;

    private readonly ulong _memory;

    /// <param name="processor">The processor.</param>
    /// <param name="memory">Where 16 pages are free.</param>
    public VmxRig(IVmxProcessor processor, ulong memory)
    {
        Processor = processor;
        _memory = memory;
        Capabilities = VmxCapabilities.Read(processor);
        PhysicalAddressWidth = (int)(processor.Cpuid(0x8000_0008).Eax & 0xFF);
        AllowVmxon();
    }

    public IVmxProcessor Processor { get; }

    public VmxCapabilities Capabilities { get; }

    /// <summary>Bits of a physical address.</summary>
    public int PhysicalAddressWidth { get; }

    public Vmcs<CurrentVmcs> Vmcs => Processor.CurrentVmcs;

    public ulong VmxonRegion => Page(0);

    public ulong VmcsRegion => Page(1);

    public ulong OtherVmcsRegion => Page(2);

    /// <summary>Where the guest's code is.</summary>
    public ulong Code => Page(3);

    /// <summary>Where the guest's stack begins.</summary>
    public ulong Stack => Page(5);

    /// <summary>A page for an MSR area or another structure.</summary>
    public ulong Scratch => Page(6);

    /// <summary>The first address that has more bits than the processor.</summary>
    public ulong BeyondPhysicalAddresses => 1UL << PhysicalAddressWidth;

    /// <summary>Brings the processor to a stage, whatever was done before.</summary>
    public void Prepare(VmxStage stage)
    {
        LeaveVmxOperation();
        WriteRegions();
        if (stage == VmxStage.Outside)
            return;
        if (stage == VmxStage.Enabled)
        {
            Enable();
            return;
        }
        EnterVmxOperation();
        if (stage == VmxStage.Root)
            return;
        Demand(Processor.Vmclear(VmcsRegion), "VMCLEAR");
        Demand(Processor.Vmptrld(VmcsRegion), "VMPTRLD");
        if (stage == VmxStage.Current)
            return;
        LongModeGuest.Program(this);
        if (stage == VmxStage.Programmed)
            return;
        GeneralRegisters registers = default;
        Demand(Processor.Vmlaunch(ref registers), "VMLAUNCH");
    }

    /// <summary>Sets CR4.VMXE and executes VMXON.</summary>
    public void EnterVmxOperation()
    {
        Enable();
        Demand(Processor.Vmxon(VmxonRegion), "VMXON");
    }

    /// <summary>Writes the first dword of a region: revision identifier and shadow-VMCS indicator.</summary>
    public void WriteRevision(ulong region, uint revision)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, revision);
        Processor.Memory.Write(region, bytes);
    }

    public VmxOutcome Launch()
    {
        GeneralRegisters registers = default;
        return VmxOutcome.OfEntry(Processor, () => Processor.Vmlaunch(ref registers));
    }

    public VmxOutcome Resume()
    {
        GeneralRegisters registers = default;
        return VmxOutcome.OfEntry(Processor, () => Processor.Vmresume(ref registers));
    }

    // SDM 3C 24.7: the firmware's part. Once locked it can only be looked at.
    private void AllowVmxon()
    {
        const uint Msr = (uint)VmxMsr.Ia32FeatureControl;
        var control = new FeatureControl(Processor.ReadMsr(Msr));
        if (!control.Locked)
            Processor.WriteMsr(Msr, (control with { Locked = true, VmxOutsideSmx = true }).Value);
    }

    private void Enable() =>
        Processor.WriteControlRegister(ControlRegister.Cr4, Processor.ReadControlRegister(ControlRegister.Cr4) | Cr4Vmxe);

    private void LeaveVmxOperation()
    {
        var cr4 = Processor.ReadControlRegister(ControlRegister.Cr4);
        if ((cr4 & Cr4Vmxe) == 0)
            return;
        try
        {
            Processor.Vmxoff();
        }
        catch (ProcessorFaultException fault) when (fault.Vector == ExceptionVector.InvalidOpcode)
        {
            // Not in VMX operation, as wanted.
        }
        Processor.WriteControlRegister(ControlRegister.Cr4, cr4 & ~Cr4Vmxe);
    }

    private void WriteRegions()
    {
        var page = new byte[PageSize];
        new VmxonRegion(page).Initialize(Capabilities.Basic);
        Processor.Memory.Write(VmxonRegion, page);
        new VmcsRegion(page).Initialize(Capabilities.Basic);
        Processor.Memory.Write(VmcsRegion, page);
        Processor.Memory.Write(OtherVmcsRegion, page);
    }

    private ulong Page(int number) => _memory + ((ulong)number * PageSize);

    private static void Demand(VmxResult result, string operation) => result.ThrowIfFailed($"{operation} while a case was prepared");
}
