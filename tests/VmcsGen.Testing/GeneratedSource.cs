namespace VmcsGen.Testing;

/// <summary>A file that the generator emitted.</summary>
/// <param name="Hint">Its hint name, with the extension.</param>
/// <param name="Text">Its text.</param>
public sealed record GeneratedSource(string Hint, string Text);
