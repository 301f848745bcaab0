namespace VmcsGen.Tool.Images;

/// <summary>A value of an image, with its name.</summary>
/// <param name="Name">The name, with the names of what it lies in: <c>cs.base</c>.</param>
/// <param name="Offset">Where it lies in the image.</param>
/// <param name="Value">The value as a number or as bytes.</param>
/// <param name="Words">What it means; empty where the number says all.</param>
/// <param name="IsZero">Whether all its bytes are 0.</param>
internal sealed record DecodedValue(string Name, long Offset, string Value, string Words, bool IsZero);
