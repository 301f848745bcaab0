namespace VmmSample;

/// <summary>A disk of the command line.</summary>
/// <param name="Path">Its file.</param>
/// <param name="Overlay">What keeps the guest's writes instead of that; null if nothing does.</param>
internal sealed record DiskOption(string Path, string? Overlay);
