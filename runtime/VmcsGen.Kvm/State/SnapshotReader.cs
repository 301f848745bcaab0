using System;
using System.Buffers.Binary;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;

namespace VmcsGen.Kvm;

/// <summary>
/// Reads a snapshot, section by section, from a source that is not trusted. It has room for one section of the largest size,
/// whatever lengths the source claims.
/// </summary>
internal sealed class SnapshotReader(Stream stream)
{
    private readonly byte[] _header = new byte[SnapshotFormat.HeaderSize];
    private byte[] _buffer = new byte[4096];
    private long _position;
    private int _claimed;
    private int _length;

    /// <summary>The section that was read last.</summary>
    internal uint Tag { get; private set; }

    /// <summary>Its content, until the next is read.</summary>
    internal ReadOnlySpan<byte> Content => _buffer.AsSpan(0, _length);

    /// <summary>How many bytes were read so far: where the content of the section ends.</summary>
    internal long Position => _position;

    /// <summary>Reads what a snapshot begins with.</summary>
    internal void Begin()
    {
        Read(_header);
        CheckHeader();
    }

    /// <inheritdoc cref="Begin"/>
    internal async ValueTask BeginAsync(CancellationToken cancellationToken)
    {
        await ReadAsync(_header, cancellationToken).ConfigureAwait(false);
        CheckHeader();
    }

    /// <summary>Reads the next section; false at the end section.</summary>
    internal bool Next()
    {
        Tag = 0;
        Read(SectionHeader.Span);
        BeginSection();
        while (NextPart() is { Length: > 0 } part)
            Read(part.Span);
        return EndSection();
    }

    /// <inheritdoc cref="Next"/>
    internal async ValueTask<bool> NextAsync(CancellationToken cancellationToken)
    {
        Tag = 0;
        await ReadAsync(SectionHeader, cancellationToken).ConfigureAwait(false);
        BeginSection();
        while (NextPart() is { Length: > 0 } part)
            await ReadAsync(part, cancellationToken).ConfigureAwait(false);
        return EndSection();
    }

    /// <summary>The content as one struct.</summary>
    internal unsafe T Get<T>()
        where T : unmanaged
    {
        if (_length != sizeof(T))
            throw Wrong($"it has {_length} bytes, and {sizeof(T)} were expected");
        return MemoryMarshal.Read<T>(Content);
    }

    /// <summary>The content as structs of one type.</summary>
    internal unsafe T[] GetAll<T>()
        where T : unmanaged
    {
        if (_length % sizeof(T) != 0)
            throw Wrong($"it has {_length} bytes, which is not a multiple of {sizeof(T)}");
        return MemoryMarshal.Cast<byte, T>(Content).ToArray();
    }

    /// <summary>The content as bytes whose number the host decides, within what its interface allows.</summary>
    /// <param name="least">The least number that makes sense.</param>
    /// <param name="unit">What the number is a multiple of.</param>
    internal byte[] GetBytes(int least, int unit)
    {
        if (_length < least || _length % unit != 0)
            throw Wrong($"it has {_length} bytes, which is not a multiple of {unit} from {least} on");
        return Content.ToArray();
    }

    /// <summary>An exception that tells where in the snapshot something is wrong.</summary>
    internal InvalidDataException Wrong(string what) =>
        new(
            $"The snapshot is damaged, or written by something else: section {SnapshotTag.NameOf(Tag)}, which ends at byte {_position}: {what}."
        );

    private Memory<byte> SectionHeader => _header.AsMemory(0, SnapshotFormat.SectionHeaderSize);

    private void CheckHeader()
    {
        ReadOnlySpan<byte> header = _header;
        if (!header.StartsWith(SnapshotFormat.Magic))
            throw new InvalidDataException("This is not a snapshot of a VM: it does not begin with the magic 'VmcsSnap'.");
        var version = BinaryPrimitives.ReadUInt32LittleEndian(header[8..]);
        if (version != SnapshotFormat.Version)
        {
            throw new InvalidDataException(
                $"The snapshot has format version {version}, and this library reads version {SnapshotFormat.Version}."
            );
        }
        var reserved = BinaryPrimitives.ReadUInt32LittleEndian(header[12..]);
        if (reserved != 0)
            throw new InvalidDataException($"The reserved word of the snapshot's header is 0x{reserved:X}, not 0.");
    }

    private void BeginSection()
    {
        ReadOnlySpan<byte> header = SectionHeader.Span;
        Tag = BinaryPrimitives.ReadUInt32LittleEndian(header);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
        if (length > SnapshotFormat.LongestSection)
            throw Wrong($"it claims {length} bytes, and {SnapshotFormat.LongestSection} are the most that a section can have");
        (_claimed, _length) = ((int)length, 0);
    }

    // The buffer grows with what is really there, so that a short file cannot ask for a large one.
    private Memory<byte> NextPart()
    {
        if (_length == _buffer.Length && _length < _claimed)
            Array.Resize(ref _buffer, Math.Min(4 * _buffer.Length, SnapshotFormat.LongestSection));
        var part = _buffer.AsMemory(_length, Math.Min(_claimed, _buffer.Length) - _length);
        _length += part.Length;
        return part;
    }

    private bool EndSection()
    {
        if (Tag == SnapshotTag.End && _claimed != 0)
            throw Wrong("it marks the end and must be empty");
        return Tag != SnapshotTag.End;
    }

    private void Read(Span<byte> bytes) => Count(stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false), bytes.Length);

    private async ValueTask ReadAsync(Memory<byte> bytes, CancellationToken cancellationToken) =>
        Count(
            await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false),
            bytes.Length
        );

    private void Count(int read, int expected)
    {
        _position += read;
        if (read == expected)
            return;
        var where = Tag == 0 ? "between sections" : $"within section {SnapshotTag.NameOf(Tag)}";
        throw new InvalidDataException($"The snapshot is cut off: it ends at byte {_position}, {where}, without an end section.");
    }
}
