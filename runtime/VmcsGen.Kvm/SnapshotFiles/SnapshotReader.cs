using System;
using System.Buffers.Binary;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;

namespace VmcsGen.Kvm;

/// <summary>
/// Reads a snapshot, section by section, from a source that is not trusted. Its buffer grows with what is really there, whatever
/// lengths the source claims.
/// </summary>
/// <param name="stream">The source, at its beginning.</param>
internal sealed class SnapshotReader(Stream stream)
{
    private const int MostAtOnce = 0x4_0000;

    private readonly byte[] _header = new byte[SnapshotFormat.HeaderSize];
    private byte[] _buffer = new byte[4096];
    private long _position;
    private ulong _claimed; // Of the content.
    private ulong _taken; // Of that.
    private int _length; // What the buffer has.
    private int _padding; // Behind the content.
    private uint _sum;

    /// <summary>The format's version.</summary>
    internal uint Version { get; private set; }

    /// <summary>The section that was read last.</summary>
    internal uint Tag { get; private set; }

    /// <summary>Its content, until the next is read; nothing of what was passed on or stepped over.</summary>
    internal ReadOnlySpan<byte> Content => _buffer.AsSpan(0, IsPassedOn ? 0 : _length);

    /// <summary>How many bytes were read so far: where the content of the section ends.</summary>
    internal long Position => _position - _padding;

    /// <summary>Where the content of the section begins; of pages, where the first page does.</summary>
    internal long Start { get; private set; }

    /// <summary>
    /// Steps over pages and their checksums instead of reading them; for sources that can seek.
    /// </summary>
    internal bool StepsOverPages { get; init; }

    /// <summary>Is given the pages in parts, with their places; null if they are of no interest.</summary>
    internal Action<long, ReadOnlyMemory<byte>>? OnPages { get; init; }

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
        {
            Read(part.Span);
            PassOn(part);
        }
        Read(Padding.Span);
        return EndSection();
    }

    /// <inheritdoc cref="Next"/>
    internal async ValueTask<bool> NextAsync(CancellationToken cancellationToken)
    {
        Tag = 0;
        await ReadAsync(SectionHeader, cancellationToken).ConfigureAwait(false);
        BeginSection();
        while (NextPart() is { Length: > 0 } part)
        {
            await ReadAsync(part, cancellationToken).ConfigureAwait(false);
            PassOn(part);
        }
        await ReadAsync(Padding, cancellationToken).ConfigureAwait(false);
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
            $"The snapshot is damaged, or written by something else: section {SnapshotTag.NameOf(Tag)}, which ends at byte {Position}: {what}."
        );

    private bool IsFirstVersion => Version == SnapshotFormat.FirstVersion;

    private bool IsPages => Tag == SnapshotTag.Data && !IsFirstVersion;

    private bool IsSteppedOver => StepsOverPages && !IsFirstVersion && Tag is SnapshotTag.Data or SnapshotTag.Sums;

    private bool IsPassedOn => IsPages || IsSteppedOver;

    private Memory<byte> SectionHeader =>
        _header.AsMemory(0, IsFirstVersion ? SnapshotFormat.FirstSectionHeaderSize : SnapshotFormat.SectionHeaderSize);

    private Memory<byte> Padding => _header.AsMemory(0, _padding);

    private void CheckHeader()
    {
        ReadOnlySpan<byte> header = _header;
        if (!header.StartsWith(SnapshotFormat.Magic))
            throw new InvalidDataException("This is not a snapshot of a VM: it does not begin with the magic 'VmcsSnap'.");
        Version = BinaryPrimitives.ReadUInt32LittleEndian(header[8..]);
        if (Version is not (SnapshotFormat.FirstVersion or SnapshotFormat.Version))
        {
            throw new InvalidDataException(
                $"The snapshot has format version {Version}, and this library reads versions {SnapshotFormat.FirstVersion} and "
                    + $"{SnapshotFormat.Version}."
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
        _sum = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
        _claimed = IsFirstVersion ? _sum : BinaryPrimitives.ReadUInt64LittleEndian(header[8..]);
        (_taken, _length, _padding, Start) = (0, 0, 0, _position);
        var longest =
            IsPages ? long.MaxValue
            : IsFirstVersion ? SnapshotFormat.LongestFirstSection
            : SnapshotFormat.LongestSection;
        if (_claimed > (ulong)longest)
            throw Wrong($"it claims {_claimed} bytes, and {longest} are the most that a section can have");
        if (IsPages)
            Start += SnapshotFormat.PagePaddingOf((ulong)_position);
        if (IsSteppedOver)
            StepOver();
        if (!IsFirstVersion)
            _padding = SnapshotFormat.PaddingOf(_claimed);
    }

    private void StepOver()
    {
        var left = stream.Length - stream.Position;
        if (_claimed > (ulong)left)
        {
            _position += left;
            throw CutOff();
        }
        stream.Seek((long)_claimed, SeekOrigin.Current);
        _position += (long)_claimed;
        _taken = _claimed;
    }

    // Of pages what the buffer has room for, beginning with a page; of others all, for which the buffer grows.
    private Memory<byte> NextPart()
    {
        if (IsPages)
        {
            if (_buffer.Length < MostAtOnce)
                _buffer = new byte[MostAtOnce];
            var room = _position < Start ? (ulong)(Start - _position) : MostAtOnce;
            _length = (int)Math.Min(_claimed - _taken, room);
            _taken += (ulong)_length;
            return _buffer.AsMemory(0, _length);
        }
        if (_length == _buffer.Length && _taken < _claimed)
            Array.Resize(ref _buffer, Math.Min(4 * _buffer.Length, SnapshotFormat.LongestSection));
        var part = _buffer.AsMemory(_length, (int)Math.Min(_claimed - _taken, (ulong)(_buffer.Length - _length)));
        _length += part.Length;
        _taken += (ulong)part.Length;
        return part;
    }

    private void PassOn(ReadOnlyMemory<byte> part)
    {
        if (!IsPages)
            return;
        if (_position > Start)
            OnPages?.Invoke(_position - part.Length, part);
        else if (part.Span.ContainsAnyExcept((byte)0))
            throw Wrong("what stands in front of its first page is not all zeros");
    }

    private bool EndSection()
    {
        if (Padding.Span.ContainsAnyExcept((byte)0))
            throw Wrong("what follows it up to the next section is not all zeros");
        if (!IsFirstVersion && (IsPages || !IsSteppedOver))
            CheckSum();
        if (Tag is SnapshotTag.End or SnapshotTag.Away && _claimed != 0)
            throw Wrong("it must be empty");
        return Tag != SnapshotTag.End;
    }

    private void CheckSum()
    {
        var sum = SumOf(Tag, _claimed, Content);
        if (sum != _sum)
            throw Wrong($"its checksum is 0x{sum:X8}, and 0x{_sum:X8} was written: the file was damaged after it was written");
    }

    /// <summary>The checksum of a section: of its tag, its length and, pages apart, its content.</summary>
    internal static uint SumOf(uint tag, ulong length, ReadOnlySpan<byte> content)
    {
        Span<byte> header = stackalloc byte[sizeof(uint) + sizeof(ulong)];
        BinaryPrimitives.WriteUInt32LittleEndian(header, tag);
        BinaryPrimitives.WriteUInt64LittleEndian(header[sizeof(uint)..], length);
        var sum = new Crc32C();
        sum.Add(header);
        sum.Add(content);
        return sum.Value;
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
        if (read != expected)
            throw CutOff();
    }

    private InvalidDataException CutOff()
    {
        var where = Tag == 0 ? "between sections" : $"within section {SnapshotTag.NameOf(Tag)}";
        return new($"The snapshot is cut off: it ends at byte {_position}, {where}, without an end section.");
    }
}
