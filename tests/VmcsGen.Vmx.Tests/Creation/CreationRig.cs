using System.Collections.Generic;
using VmcsGen.Vmx.Creation;
using VmcsGen.Vmx.Software;
using VmcsGen.Vmx.Structures;
using VmcsGen.Vmx.Tests.Software;

namespace VmcsGen.Vmx.Tests.Creation;

/// <summary>A software processor with all that vCPUs are created from.</summary>
internal sealed class CreationRig
{
    public const ulong FirstPage = 0x10_0000;

    /// <summary>The default profile instead of a recorded processor.</summary>
    public const string DefaultModel = "default";

    public CreationRig(
        string model = DefaultModel,
        IVmxGuestExecutor? executor = null,
        ulong pageBytes = 0x40_0000,
        IReadOnlyCollection<VmcsField>? absent = null
    )
    {
        var profile =
            model == DefaultModel
                ? new SoftwareVmxProfile()
                : new SoftwareVmxProfile { CapabilityMsrs = RecordedProcessor.Load(model).Msrs };
        Machine = new SoftwareMachine(profile with { AbsentFields = absent ?? [] }, executor);
        Faulty = new FaultyProcessor(Machine.Processor);
        Pages = new PhysicalPageAllocator(Faulty, new PhysicalMemoryRange(FirstPage, pageBytes));
    }

    public SoftwareMachine Machine { get; }

    public SoftwareVmx Processor => Machine.Processor;

    public FaultyProcessor Faulty { get; }

    public PhysicalPageAllocator Pages { get; }

    public VpidAllocator Vpids { get; } = new();

    /// <summary>A builder that has something to do in every step, as far as the model allows.</summary>
    public VmxVcpuBuilder Builder(VmxGuestState? guest = null, VmxControlSet required = default) =>
        new(Faulty, Pages)
        {
            Vpids = Vpids,
            Guest = guest ?? VmxGuestState.LongMode(rip: 0x8000, rsp: 0xF000, cr3: 0x1000),
            Memory = [EptMapping.Identity(0, 0x20_0000), new EptMapping(0x40_0000, 0x1000, 0x2000, IsWritable: false)],
            MsrBitmap = new byte[4096],
            IoBitmaps = new byte[8192],
            GuestMsrs = new Dictionary<uint, ulong> { [0xC000_0102] = 0x1234, [0xC000_0082] = 0x5678 },
            Required = required,
            Optional = new VmxControlSet { SecondaryProcessorBased = new() { EnablePml = true } },
        };

    /// <summary>All that a failed creation must leave as it was.</summary>
    public string State()
    {
        var current = "none";
        if (Processor.IsInVmxOperation)
        {
            Processor.Vmptrst(out var pointer);
            current = $"{pointer:X}";
            if (pointer != ulong.MaxValue)
            {
                foreach (ref readonly var info in VmcsFields.All)
                {
                    if (Processor.Vmread(info.Field, out var value).IsSuccess && value != 0)
                        current += $" {info.Name}={value:X}";
                }
            }
        }
        return $"pages {Pages.AllocatedCount}, VPIDs {Vpids.AllocatedCount}, VMX {Processor.IsInVmxOperation}, "
            + $"CR0 {Processor.ReadControlRegister(ControlRegister.Cr0):X}, CR4 {Processor.ReadControlRegister(ControlRegister.Cr4):X}, VMCS {current}";
    }
}
