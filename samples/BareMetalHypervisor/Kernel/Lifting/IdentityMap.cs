using VmcsGen.Vmx;
using VmcsGen.Vmx.Structures;

namespace BareMetal.Lifting;

/// <summary>
/// EPT tables that map all memory to itself, but for the hypervisor's own (SDM 3C 29.3): by the largest pages that have one memory type
/// and touch nothing of the hypervisor's.
/// </summary>
internal static unsafe class IdentityMap
{
    // As far as tables can reach in a few hundred pages.
    private const int WidthWithPagesOf1GiB = 46;
    private const int WidthWithPagesOf2MiB = 36;

    /// <summary>Makes them.</summary>
    public static EptPointer Create()
    {
        var capabilities = new EptVpidCapabilities(Cpu.ReadMsr((uint)VmxMsr.Ia32VmxEptVpidCap));
        return new()
        {
            MemoryType = capabilities.MemoryTypeWriteBack ? MemoryType.WriteBack : MemoryType.Uncacheable,
            PageWalkLengthMinus1 = (uint)EptLevel.Pml4 - 1,
            RootTableAddress = Table(EptLevel.Pml4, 0, capabilities),
        };
    }

    private static ulong Table(EptLevel level, ulong start, EptVpidCapabilities capabilities)
    {
        var memory = (byte*)Memory.Page();
        var table = new EptTable(new(memory, (int)Memory.PageSize), level);
        var end = 1ul << Width(capabilities);
        for (var i = 0; i < EptTable.EntryCount; i++)
        {
            var address = start + ((ulong)i * level.BytesPerEntry);
            if (address >= end)
                break;
            table[i] = Entry(level, address, capabilities);
        }
        return (ulong)memory;
    }

    private static EptEntry Entry(EptLevel level, ulong address, EptVpidCapabilities capabilities)
    {
        var size = level.BytesPerEntry;
        var isOwn = Memory.IsOwn(address, size);
        if (isOwn && level == EptLevel.PageTable)
            return default;
        return HasPages(level, capabilities) && !isOwn && MemoryTypes.IsUniform(address, size)
            ? EptEntry.ForPage(level, address, MemoryTypes.Of(address))
            : EptEntry.ForTable(Table(level - 1, address, capabilities));
    }

    private static bool HasPages(EptLevel level, EptVpidCapabilities capabilities) =>
        level switch
        {
            EptLevel.PageTable => true,
            EptLevel.PageDirectory => capabilities.Pages2M,
            EptLevel.PageDirectoryPointerTable => capabilities.Pages1G,
            _ => false,
        };

    private static int Width(EptVpidCapabilities capabilities)
    {
        var most = capabilities.Pages1G ? WidthWithPagesOf1GiB : WidthWithPagesOf2MiB;
        var physical = Cpu.PhysicalAddressWidth();
        return physical < most ? physical : most;
    }
}
