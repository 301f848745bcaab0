using System;
using VmcsGen.Vmx.Creation;
using VmcsGen.Vmx.Software;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Tests.Software;

/// <summary>A software processor with memory, and the pages that tests use.</summary>
internal sealed class SoftwareMachine
{
    public const ulong VmxonRegion = 0x1000;
    public const ulong Region = 0x2000;
    public const ulong OtherRegion = 0x3000;
    public const ulong MsrArea = 0x4000;
    public const ulong MemorySize = 1 << 24;

    /// <summary>The first address that has more bits than the processor.</summary>
    public const ulong TooWide = 1UL << 40;

    private const ulong Cr4Vmxe = 1UL << 13;

    public SoftwareMachine(SoftwareVmxProfile? profile = null, IVmxGuestExecutor? executor = null)
    {
        Processor = new SoftwareVmx(new PhysicalMemory(MemorySize), profile, executor);
        foreach (var page in (ReadOnlySpan<ulong>)[VmxonRegion, Region, OtherRegion])
            WriteRevision(page, Processor.Capabilities.Basic.VmcsRevisionIdentifier);
    }

    public SoftwareVmx Processor { get; }

    public Vmcs<CurrentVmcs> Vmcs => Processor.CurrentVmcs;

    /// <summary>A processor whose current VMCS, clear and in <see cref="Region"/>, can be entered.</summary>
    public static SoftwareMachine Programmed(IVmxGuestExecutor? executor, SoftwareVmxProfile? profile = null)
    {
        var machine = new SoftwareMachine(profile, executor).LoadVmcs();
        var pages = new PhysicalPageAllocator(machine.Processor.Memory, new PhysicalMemoryRange(0x10_0000, 0x10_0000));
        // The fields of a vCPU, in a region of the test.
        using (var vcpu = new VmxVcpuBuilder(machine.Processor, pages) { Guest = VmxGuestState.LongMode(0x8000, 0xF000, 0x1000) }.Build())
        {
            var image = VmcsMemory.Allocate<Vmcs12>();
            foreach (ref readonly var info in VmcsFields.All)
            {
                if (vcpu.Vmcs.Access.TryRead(info.Field, out var value).IsSuccess)
                    image.TryWrite(info.Field, value);
            }
            image.Page.Revision = new VmcsRevision(machine.Processor.Capabilities.Basic.VmcsRevisionIdentifier);
            machine.Processor.Memory.Write(OtherRegion, image.Bytes);
        }
        machine.Processor.Vmptrld(OtherRegion).ThrowIfFailed("VMPTRLD");
        machine.Processor.Vmptrld(Region).ThrowIfFailed("VMPTRLD");
        machine.Processor.Memory.Write(MsrArea, new byte[4096]);
        var copy = machine.ReadPage(OtherRegion);
        machine.Processor.Vmclear(Region).ThrowIfFailed("VMCLEAR");
        machine.Processor.Memory.Write(Region, copy);
        machine.Processor.Vmptrld(Region).ThrowIfFailed("VMPTRLD");
        return machine;
    }

    /// <summary>Enters VMX operation.</summary>
    public SoftwareMachine EnterVmxOperation()
    {
        AllowVmxon();
        SetVmxe();
        Processor.Vmxon(VmxonRegion).ThrowIfFailed("VMXON");
        return this;
    }

    /// <summary>Enters VMX operation and makes a clear VMCS current.</summary>
    public SoftwareMachine LoadVmcs()
    {
        EnterVmxOperation();
        Processor.Vmclear(Region).ThrowIfFailed("VMCLEAR");
        Processor.Vmptrld(Region).ThrowIfFailed("VMPTRLD");
        return this;
    }

    /// <summary>What firmware does.</summary>
    public void AllowVmxon() =>
        Processor.WriteMsr((uint)VmxMsr.Ia32FeatureControl, new FeatureControl { Locked = true, VmxOutsideSmx = true }.Value);

    public void SetVmxe() =>
        Processor.WriteControlRegister(ControlRegister.Cr4, Processor.ReadControlRegister(ControlRegister.Cr4) | Cr4Vmxe);

    public void WriteRevision(ulong page, uint revision) => Processor.Memory.Write(page, BitConverter.GetBytes(revision));

    public uint ReadDword(ulong address)
    {
        var bytes = new byte[4];
        Processor.Memory.Read(address, bytes);
        return BitConverter.ToUInt32(bytes);
    }

    /// <summary>All 4 KiB of a page.</summary>
    public byte[] ReadPage(ulong address)
    {
        var bytes = new byte[4096];
        Processor.Memory.Read(address, bytes);
        return bytes;
    }
}
