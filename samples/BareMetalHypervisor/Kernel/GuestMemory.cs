using VmcsGen.Vmx;

namespace BareMetal;

/// <summary>A guest's physical memory: pages of ours, and the EPT tables that say which (SDM 3C 29.3).</summary>
internal readonly unsafe struct GuestMemory
{
    /// <summary>Bytes of guest-physical memory, from 0 on: what one page table maps.</summary>
    public const ulong Size = EntriesPerTable * Memory.PageSize;

    private const ulong EntriesPerTable = 512;
    private const uint Levels = 4;

    private readonly byte* _bytes;
    private readonly EptEntry* _pageTable;

    /// <summary>Creates memory with a page that is missing.</summary>
    public GuestMemory(ulong missing)
    {
        _bytes = (byte*)Memory.Pages(EntriesPerTable);
        _pageTable = (EptEntry*)Memory.Page();
        for (ulong i = 0; i < EntriesPerTable; i++)
        {
            if (i != missing / Memory.PageSize)
                Map(i * Memory.PageSize, (ulong)_bytes + (i * Memory.PageSize));
        }
        var directory = TableOver(_pageTable);
        var pointers = TableOver(directory);
        EptPointer = new()
        {
            MemoryType = MemoryType.WriteBack,
            PageWalkLengthMinus1 = Levels - 1,
            RootTableAddress = (ulong)TableOver(pointers),
        };
    }

    /// <summary>What the VMCS needs of it.</summary>
    public EptPointer EptPointer { get; }

    /// <summary>The bytes behind a guest-physical address that is mapped from the start.</summary>
    public byte* At(ulong address) => _bytes + address;

    /// <summary>Maps a page of the guest to one of ours.</summary>
    public void Map(ulong address, ulong page) =>
        _pageTable[address / Memory.PageSize] = new()
        {
            Read = true,
            Write = true,
            Execute = true,
            MemoryType = MemoryType.WriteBack,
            PhysicalAddress = page,
        };

    private static EptEntry* TableOver(EptEntry* table)
    {
        var entries = (EptEntry*)Memory.Page();
        entries[0] = new()
        {
            Read = true,
            Write = true,
            Execute = true,
            PhysicalAddress = (ulong)table,
        };
        return entries;
    }
}
