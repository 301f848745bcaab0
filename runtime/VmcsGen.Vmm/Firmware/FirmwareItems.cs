using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;

namespace VmcsGen.Vmm;

/// <summary>What a firmware configuration holds, by key, and the directory of its files. For one thread at a time.</summary>
internal sealed class FirmwareItems
{
    private const int MostFiles = FirmwareConfiguration.KeyMask + 1 - (int)FirmwareKey.FileFirst;
    private const int CountSize = sizeof(uint);

    private readonly Dictionary<ushort, ReadOnlyMemory<byte>> _items = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly TableBytes _files = new();
    private byte[]? _directory;

    /// <summary>The directory, which tells names, lengths and keys of all files.</summary>
    internal byte[] Directory => _directory ??= MakeDirectory();

    /// <summary>What a key selects; nothing if there is no such item.</summary>
    internal ReadOnlyMemory<byte> this[ushort key]
    {
        get => key == (ushort)FirmwareItem.FileDirectory ? Directory : _items.GetValueOrDefault(key);
        set => _items[key] = value;
    }

    internal void AddFile(string name, ReadOnlyMemory<byte> content)
    {
        Span<byte> field = stackalloc byte[FirmwareConfiguration.LongestName + 1];
        field.Clear();
        if (name.Length is 0 or > FirmwareConfiguration.LongestName || name.AsSpan().ContainsAnyExceptInRange('!', '~'))
            throw new ArgumentException(
                $"'{name}' is no name of a file: 1 to {FirmwareConfiguration.LongestName} ASCII characters without blanks are expected.",
                nameof(name)
            );
        if (_names.Count == MostFiles)
            throw new InvalidOperationException($"There are {MostFiles} files already.");
        if (!_names.Add(name))
            throw new ArgumentException($"There is a file '{name}' already.", nameof(name));
        Encoding.ASCII.GetBytes(name, field);
        var key = (ushort)((int)FirmwareKey.FileFirst + _names.Count - 1);
        FirmwareFile file = new() { Size = (uint)content.Length, Select = key };
        field.CopyTo(file.Name);
        _files.Add(file);
        _items[key] = content;
        _directory = null;
    }

    private byte[] MakeDirectory()
    {
        var bytes = new byte[CountSize + _files.Length];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)_names.Count);
        _files.ToArray().CopyTo(bytes, CountSize);
        return bytes;
    }
}
