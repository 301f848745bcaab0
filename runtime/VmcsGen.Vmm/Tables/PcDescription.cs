using System.Collections.Generic;

namespace VmcsGen.Vmm;

/// <summary>What the tables tell of a PC.</summary>
internal sealed record PcDescription
{
    /// <summary>The APIC id of each processor; the first one boots.</summary>
    public required IReadOnlyList<byte> ApicIds { get; init; }

    /// <summary>Serial ports and other devices for the table of devices.</summary>
    public required IReadOnlyList<TableDevice> Devices { get; init; }

    /// <summary>Whether lines lead to PICs and an I/O APIC.</summary>
    public bool HasIoApic { get; init; } = true;

    internal const uint LocalApicAddress = 0xFEE0_0000;
    internal const uint IoApicAddress = 0xFEC0_0000;

    /// <summary>Version of both kinds of APIC that KVM emulates.</summary>
    internal const byte ApicVersion = 0x14;

    internal byte IoApicId => (byte)(ApicIds.Count == 0 ? 1 : MaxApicId + 1);

    private int MaxApicId
    {
        get
        {
            var max = 0;
            foreach (var id in ApicIds)
                max = id > max ? id : max;
            return max;
        }
    }
}
