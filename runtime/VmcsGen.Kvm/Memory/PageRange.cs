namespace VmcsGen.Kvm;

/// <summary>Pages of a memory that follow each other.</summary>
/// <param name="Start">Where the first begins, in bytes from the start of the memory.</param>
/// <param name="End">Where the last ends.</param>
internal readonly record struct PageRange(ulong Start, ulong End)
{
    internal ulong Length => End - Start;

    internal ulong PageCount => Length / GuestMemory.PageSize;
}
