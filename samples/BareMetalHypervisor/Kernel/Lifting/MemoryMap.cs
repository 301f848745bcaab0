namespace BareMetal.Lifting;

/// <summary>
/// The memory that the guest is told of (INT 15H, function E820H): what the BIOS told the boot sector, without what the hypervisor needs.
/// </summary>
internal readonly unsafe struct MemoryMap
{
    private const uint Usable = 1;
    private const uint Reserved = 2;

    // The boot sector keeps 32 ranges, and each of the two holes makes two more.
    private const uint Most = 36;

    private readonly MemoryRange* _ranges;

    /// <summary>Makes it.</summary>
    /// <param name="system">The system, behind whose state its memory map is.</param>
    /// <param name="stub">The address of the page that the stub takes.</param>
    public MemoryMap(RunningSystem* system, ulong stub)
    {
        _ranges = (MemoryRange*)Memory.Page();
        var own = new MemoryRange
        {
            Address = Memory.OwnStart(),
            Length = Memory.OwnEnd() - Memory.OwnStart(),
            Type = Reserved,
        };
        var kept = new MemoryRange
        {
            Address = stub,
            Length = MemoryStub.Size,
            Type = Reserved,
        };
        var told = (MemoryRange*)(system + 1);
        var count = 0u;
        var hasOwn = false;
        for (var i = 0u; i < system->MemoryRanges; i++)
        {
            hasOwn |= told[i].Type == Usable && told[i].Address <= own.Address && EndOf(told[i]) >= EndOf(own);
            count = AddWithout(told[i], own, kept, count);
        }
        if (!hasOwn)
        {
            Serial.Line($"This machine has no memory from 0x{Memory.OwnStart():X} to 0x{Memory.OwnEnd():X}, where the hypervisor is.");
            Power.Off(1);
        }
        Count = count;
    }

    /// <summary>How many ranges there are.</summary>
    public uint Count { get; }

    public MemoryRange this[uint index] => _ranges[index];

    // Memory in which one of two holes is becomes what lies in front of it, the hole, and what lies behind it.
    private uint AddWithout(in MemoryRange range, in MemoryRange hole, in MemoryRange next, uint count)
    {
        if (range.Length == 0)
            return count;
        if (range.Type != Usable || EndOf(range) <= hole.Address || range.Address >= EndOf(hole))
            return next.Length == 0 ? Add(range, count) : AddWithout(range, next, default, count);
        count = AddWithout(Part(range, range.Address, hole.Address), next, default, count);
        count = Add(Part(hole, range.Address, EndOf(range)), count);
        return AddWithout(Part(range, EndOf(hole), EndOf(range)), next, default, count);
    }

    private uint Add(in MemoryRange range, uint count)
    {
        if (count == Most)
            Power.Fail("The BIOS tells of more memory ranges than there is room for.");
        _ranges[count] = range;
        return count + 1;
    }

    // What of a range lies between two addresses.
    private static MemoryRange Part(MemoryRange range, ulong start, ulong end)
    {
        var first = range.Address > start ? range.Address : start;
        var last = EndOf(range) < end ? EndOf(range) : end;
        range.Address = first;
        range.Length = last > first ? last - first : 0;
        return range;
    }

    private static ulong EndOf(in MemoryRange range) => range.Address + range.Length;
}
