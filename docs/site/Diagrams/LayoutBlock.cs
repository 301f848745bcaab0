namespace VmcsGen.Site.Diagrams;

/// <summary>A piece of memory with a meaning.</summary>
/// <param name="Offset">Where it begins.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="Name">What it is; empty for padding.</param>
/// <param name="Address">The page about it, if there is one.</param>
internal sealed record LayoutBlock(int Offset, int Size, string Name, string? Address)
{
    /// <summary>Where it ends.</summary>
    public int End => Offset + Size;
}
