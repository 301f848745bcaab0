using System;
using System.Buffers;

namespace VmcsGen.Kvm;

/// <summary>A part of a memory as <see cref="Memory{T}"/>, for calls that take several parts. Its user holds the mapping.</summary>
/// <param name="memory">The memory.</param>
/// <param name="start">Where the part begins; it ends with the memory, or as far as a span can reach.</param>
internal sealed unsafe class MappedWindow(GuestMemory memory, ulong start) : MemoryManager<byte>
{
    private readonly int _length = (int)Math.Min(memory.Size - start, int.MaxValue / GuestMemory.PageSize * GuestMemory.PageSize);

    private byte* First => (byte*)memory.Mapping.Address + start;

    /// <summary>Whether it has pages.</summary>
    internal bool Covers(PageRange range) => range.Start >= start && range.End - start <= (ulong)_length;

    /// <summary>The bytes of pages that it has.</summary>
    internal ReadOnlyMemory<byte> Of(PageRange range) => Memory.Slice((int)(range.Start - start), (int)range.Length);

    /// <inheritdoc/>
    public override Span<byte> GetSpan() => new(First, _length);

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0) => new(First + elementIndex);

    /// <inheritdoc/>
    public override void Unpin() { }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) { }
}
