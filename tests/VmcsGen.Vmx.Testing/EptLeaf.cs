using System;
using System.Buffers.Binary;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Testing;

/// <summary>Where the EPT entry of a page of 4 KiB lies, for tests that spoil it.</summary>
public static class EptLeaf
{
    /// <summary>Walks the tables, none of which may map a larger page there.</summary>
    /// <returns>The physical address of the entry.</returns>
    public static ulong Find(IPhysicalMemory memory, EptPointer root, ulong guestPhysicalAddress)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        var table = root.RootTableAddress;
        for (var level = root.RootLevel; ; level--)
        {
            var place = table + ((ulong)level.IndexOf(guestPhysicalAddress) * sizeof(ulong));
            if (level == EptLevel.PageTable)
                return place;
            memory.Read(place, bytes);
            table = new EptEntry(BinaryPrimitives.ReadUInt64LittleEndian(bytes)).PhysicalAddress;
        }
    }
}
