using System;
using System.Runtime.InteropServices;

namespace VmcsGen.Vmx.Structures;

/// <summary>A table of 512 EPT entries.</summary>
public readonly ref struct EptTable
{
    /// <summary>Entries of a table.</summary>
    public const int EntryCount = VmxPage.Size / sizeof(ulong);

    private readonly Span<EptEntry> _entries;

    /// <summary>Uses memory of the caller as it is.</summary>
    /// <param name="memory">4096 bytes. The physical address of the table must be a multiple of 4096.</param>
    /// <param name="level">The table's level.</param>
    /// <exception cref="ArgumentException">The memory is not 4096 bytes long.</exception>
    public EptTable(Span<byte> memory, EptLevel level)
    {
        _entries = MemoryMarshal.Cast<byte, EptEntry>(VmxPage.Check(memory, "An EPT table"));
        Level = level;
    }

    /// <summary>The table's level.</summary>
    public EptLevel Level { get; }

    /// <summary>The entries, in place.</summary>
    public Span<EptEntry> Entries => _entries;

    /// <summary>An entry, in place.</summary>
    /// <param name="index">0 to 511.</param>
    /// <exception cref="IndexOutOfRangeException">The table has no such entry.</exception>
    public ref EptEntry this[int index] => ref _entries[index];

    /// <summary>The entry that translates an address, in place.</summary>
    /// <param name="guestPhysicalAddress">A guest-physical address that the walk brings to this table.</param>
    public ref EptEntry EntryFor(ulong guestPhysicalAddress) => ref _entries[Level.IndexOf(guestPhysicalAddress)];
}
