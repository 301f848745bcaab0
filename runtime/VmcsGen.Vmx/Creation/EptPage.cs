using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Creation;

/// <summary>A page that EPT maps.</summary>
/// <param name="GuestPhysicalAddress">Where the guest sees it.</param>
/// <param name="Level">The level of the table with its entry, which says how large it is.</param>
/// <param name="Entry">Its entry.</param>
public readonly record struct EptPage(ulong GuestPhysicalAddress, EptLevel Level, EptEntry Entry)
{
    /// <summary>Bytes of the page.</summary>
    public ulong Length => Level.BytesPerEntry;

    /// <summary>As <c>0x200000 (2 MBytes) to 0x40200000: Read, Write</c>.</summary>
    public override string ToString()
    {
        var size = Level switch
        {
            EptLevel.PageTable => "4 KBytes",
            EptLevel.PageDirectory => "2 MBytes",
            _ => "1 GByte",
        };
        return $"0x{GuestPhysicalAddress:X} ({size}): {Entry}";
    }
}
