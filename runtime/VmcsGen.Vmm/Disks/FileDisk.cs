using System;
using System.IO;
using Microsoft.Win32.SafeHandles;

namespace VmcsGen.Vmm;

/// <summary>A disk whose bytes are those of a file.</summary>
public sealed class FileDisk : DiskBacking
{
    private readonly SafeFileHandle _file;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isReadOnly">Whether it is only read; others may read it too then.</param>
    /// <exception cref="IOException">It cannot be opened, or another program has it.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read or written.</exception>
    public FileDisk(string path, bool isReadOnly = false)
    {
        _file = File.OpenHandle(
            path,
            FileMode.Open,
            isReadOnly ? FileAccess.Read : FileAccess.ReadWrite,
            isReadOnly ? FileShare.Read : FileShare.None
        );
        IsReadOnly = isReadOnly;
        Name = Path.GetFileName(path);
        Length = (ulong)RandomAccess.GetLength(_file);
    }

    /// <summary>The file's name without its folder.</summary>
    public override string Name { get; }

    /// <inheritdoc/>
    public override ulong Length { get; }

    /// <inheritdoc/>
    public override bool IsReadOnly { get; }

    /// <inheritdoc/>
    public override void Read(ulong offset, Span<byte> destination) => DiskFile.Read(_file, offset, destination);

    /// <inheritdoc/>
    public override void Write(ulong offset, ReadOnlySpan<byte> source) => RandomAccess.Write(_file, source, (long)offset);

    /// <inheritdoc/>
    public override void Flush()
    {
        if (!IsReadOnly)
            RandomAccess.FlushToDisk(_file);
    }

    /// <inheritdoc/>
    public override void WriteZeroes(ulong offset, ulong length, bool mayUnmap) => DiskFile.WriteZeroes(_file, offset, length, mayUnmap);

    /// <inheritdoc/>
    public override void Discard(ulong offset, ulong length) => DiskFile.Discard(_file, offset, length);

    /// <inheritdoc/>
    protected override void Dispose(bool isDisposing) => _file.Dispose();
}
