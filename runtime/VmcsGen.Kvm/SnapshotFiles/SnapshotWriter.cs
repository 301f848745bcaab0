using System;
using System.Buffers;
using System.Buffers.Binary;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;

namespace VmcsGen.Kvm;

/// <summary>
/// Writes a snapshot, section by section, into memory, from where <see cref="FlushTo"/> brings it to its target. Pages may be stepped
/// over, for who puts them into the file by other ways.
/// </summary>
internal sealed class SnapshotWriter
{
    private readonly ArrayBufferWriter<byte> _pending = new(4096);
    private ulong _flushed;
    private ulong _steppedOver;
    private ulong _pagesEnd;

    internal SnapshotWriter()
    {
        var header = Append(SnapshotFormat.HeaderSize);
        SnapshotFormat.Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], SnapshotFormat.Version);
    }

    /// <summary>Where the next byte will stand, from the beginning of the snapshot.</summary>
    internal ulong Position => _flushed + (ulong)_pending.WrittenCount + _steppedOver;

    internal void Write(uint tag, params ReadOnlySpan<byte> content)
    {
        if (content.Length > SnapshotFormat.LongestSection)
        {
            throw new InvalidOperationException(
                $"Section {SnapshotTag.NameOf(tag)} would have {content.Length} bytes; a snapshot allows {SnapshotFormat.LongestSection}."
            );
        }
        Begin(tag, (ulong)content.Length, SnapshotReader.SumOf(tag, (ulong)content.Length, content));
        content.CopyTo(Append(content.Length));
        Append(SnapshotFormat.PaddingOf((ulong)content.Length));
    }

    /// <summary>Writes a struct as the kernel has it in memory, which on x86 is little-endian.</summary>
    internal void Write<T>(uint tag, in T value)
        where T : unmanaged => Write(tag, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));

    internal void WriteIfPresent<T>(uint tag, in T? value)
        where T : unmanaged
    {
        if (value is { } present)
            Write(tag, present);
    }

    internal void WriteAll<T>(uint tag, ReadOnlySpan<T> values)
        where T : unmanaged => Write(tag, MemoryMarshal.AsBytes(values));

    /// <summary>Begins a section of pages, all of which the caller then appends or steps over.</summary>
    /// <param name="length">How many bytes of pages there will be.</param>
    /// <returns>Where the first page will stand.</returns>
    internal ulong BeginPages(ulong length)
    {
        var padding = SnapshotFormat.PagePaddingOf(Position + SnapshotFormat.SectionHeaderSize);
        var whole = (ulong)padding + length;
        Begin(SnapshotTag.Data, whole, SnapshotReader.SumOf(SnapshotTag.Data, whole, []));
        Append(padding);
        _pagesEnd = Position + length;
        return Position;
    }

    /// <summary>Room for pages, which the caller fills.</summary>
    internal Span<byte> AppendPages(int length) => Append(length);

    /// <summary>Leaves room for pages. It must be flushed before something is written again.</summary>
    internal void StepOver(ulong length) => _steppedOver += length;

    /// <summary>Brings what was written to its target, and steps over there too.</summary>
    internal void FlushTo(Stream stream)
    {
        stream.Write(_pending.WrittenSpan);
        Flushed(stream);
    }

    /// <inheritdoc cref="FlushTo"/>
    internal async Task FlushToAsync(Stream stream, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(_pending.WrittenMemory, cancellationToken).ConfigureAwait(false);
        Flushed(stream);
    }

    private void Flushed(Stream stream)
    {
        if (_steppedOver != 0)
            stream.Seek((long)_steppedOver, SeekOrigin.Current);
        _flushed += (ulong)_pending.WrittenCount + _steppedOver;
        _steppedOver = 0;
        _pending.ResetWrittenCount();
    }

    private void Begin(uint tag, ulong length, uint sum)
    {
        if (Position < _pagesEnd || _steppedOver != 0)
            throw new InvalidOperationException("Pages of the section before are still to come.");
        var header = Append(SnapshotFormat.SectionHeaderSize);
        BinaryPrimitives.WriteUInt32LittleEndian(header, tag);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], sum);
        BinaryPrimitives.WriteUInt64LittleEndian(header[8..], length);
    }

    // Zeros, until the caller writes there.
    private Span<byte> Append(int length)
    {
        var span = _pending.GetSpan(length)[..length];
        span.Clear();
        _pending.Advance(length);
        return span;
    }
}
