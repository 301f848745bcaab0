using VmcsGen.Vmx;
using VmcsGen.Vmx.Structures;

namespace BareMetal;

/// <summary>A guest's physical memory: pages of ours, and the EPT tables that say which (SDM 3C 29.3).</summary>
internal readonly unsafe struct GuestMemory
{
    /// <summary>Bytes of guest-physical memory, from 0 on: what one page table maps.</summary>
    public const ulong Size = EntriesPerTable * Memory.PageSize;

    private const ulong EntriesPerTable = EptTable.EntryCount;

    private readonly byte* _bytes;
    private readonly byte* _pageTable;

    /// <summary>Creates memory with a page that is missing.</summary>
    public GuestMemory(ulong missing)
    {
        _bytes = (byte*)Memory.Pages(EntriesPerTable);
        _pageTable = (byte*)Memory.Page();
        for (ulong i = 0; i < EntriesPerTable; i++)
        {
            if (i != missing / Memory.PageSize)
                Map(i * Memory.PageSize, (ulong)_bytes + (i * Memory.PageSize));
        }
        var directory = TableOver(_pageTable, EptLevel.PageDirectory);
        var pointers = TableOver(directory, EptLevel.PageDirectoryPointerTable);
        EptPointer = new()
        {
            MemoryType = MemoryType.WriteBack,
            PageWalkLengthMinus1 = (uint)EptLevel.Pml4 - 1,
            RootTableAddress = (ulong)TableOver(pointers, EptLevel.Pml4),
        };
    }

    /// <summary>What the VMCS needs of it.</summary>
    public EptPointer EptPointer { get; }

    /// <summary>The bytes behind a guest-physical address that is mapped from the start.</summary>
    public byte* At(ulong address) => _bytes + address;

    /// <summary>Maps a page of the guest to one of ours.</summary>
    public void Map(ulong address, ulong page) =>
        Table(_pageTable, EptLevel.PageTable).EntryFor(address) = EptEntry.ForPage(EptLevel.PageTable, page);

    // All of the guest's memory lies within the first entry of the upper tables.
    private static byte* TableOver(byte* table, EptLevel level)
    {
        var memory = (byte*)Memory.Page();
        Table(memory, level).EntryFor(0) = EptEntry.ForTable((ulong)table);
        return memory;
    }

    private static EptTable Table(byte* memory, EptLevel level) => new(new(memory, (int)Memory.PageSize), level);
}
