namespace VmcsGen.Kvm;

/// <summary>Pages of a memory that follow each other, and lie in a file in the same order.</summary>
/// <param name="Pages">Where they are in the memory.</param>
/// <param name="File">The file; null for pages of zeros.</param>
/// <param name="FileOffset">Where the first begins in the file, in bytes.</param>
internal readonly record struct PageExtent(PageRange Pages, PageFile? File, ulong FileOffset)
{
    /// <summary>A part of it.</summary>
    /// <param name="part">Lies within <see cref="Pages"/>.</param>
    internal PageExtent Part(PageRange part) => new(part, File, File is null ? 0 : FileOffset + (part.Start - Pages.Start));
}
