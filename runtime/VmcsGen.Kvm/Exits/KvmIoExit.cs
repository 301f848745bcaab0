using System;
using System.Diagnostics.CodeAnalysis;
using System.IO;

namespace VmcsGen.Kvm;

/// <summary>
/// Port I/O of the guest. String instructions with a REP prefix may come as one exit of several items, all for the same port.
/// Source: Documentation/virt/kvm/api.rst 5, KVM_EXIT_IO.
/// </summary>
public readonly unsafe ref struct KvmIoExit
{
    private readonly KvmExit _exit;

    internal KvmIoExit(KvmExit exit) => _exit = exit;

    /// <summary>Out if the guest gives data, In if it waits for data.</summary>
    public KvmIoDirection Direction => _exit.Page->Io.Direction;

    /// <summary>The port.</summary>
    public ushort Port => _exit.Page->Io.Port;

    /// <summary>Size of an item in bytes: 1, 2 or 4.</summary>
    public int Size => _exit.Page->Io.Size;

    /// <summary>Number of items: 1, but for string instructions.</summary>
    public int Count => (int)_exit.Page->Io.Count;

    /// <summary>The items one after the other, in the run page: to be read for Out, to be filled for In.</summary>
    /// <exception cref="InvalidDataException">KVM placed them outside the run page.</exception>
    public Span<byte> Data
    {
        get
        {
            _ = _exit.LentPage;
            return Items;
        }
    }

    /// <summary>The same for use within the life of this exit.</summary>
    internal Span<byte> Items
    {
        get
        {
            KvmRun* page = _exit.Page;
            ulong offset = page->Io.DataOffset;
            ulong length = (ulong)page->Io.Size * page->Io.Count;
            ulong pageSize = (ulong)_exit.RunPageSize;
            if (offset > pageSize || length > pageSize - offset)
                ThrowOutside(offset, length, pageSize);
            return new Span<byte>((byte*)page + offset, (int)length);
        }
    }

    /// <summary>The first item, zero-extended: all there is, but for string instructions.</summary>
    public uint Value => this[0];

    /// <summary>An item, zero-extended.</summary>
    /// <param name="item">Its index, less than <see cref="Count"/>.</param>
    public uint this[int item]
    {
        get
        {
            int size = Size;
            return (uint)LittleEndian.Read(Items.Slice(checked(item * size), size));
        }
    }

    /// <summary>Answers IN: the guest reads the low <see cref="Size"/> bytes of the value, a string instruction for every item.</summary>
    /// <param name="value">The value.</param>
    /// <exception cref="InvalidOperationException">The guest executed OUT.</exception>
    public void Answer(uint value)
    {
        if (Direction != KvmIoDirection.In)
            throw new InvalidOperationException($"OUT to port 0x{Port:X} takes no answer.");
        int size = Size;
        for (Span<byte> rest = Items; rest.Length >= size && size > 0; rest = rest[size..])
            LittleEndian.Write(rest[..size], value);
    }

    [DoesNotReturn]
    private static void ThrowOutside(ulong offset, ulong length, ulong pageSize) =>
        throw new InvalidDataException(
            $"KVM reports {length} bytes of port I/O data at offset 0x{offset:X}, outside the run page of 0x{pageSize:X} bytes."
        );
}
