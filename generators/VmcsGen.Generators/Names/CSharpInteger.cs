namespace VmcsGen.Generators.Names;

/// <summary>Integer types of C# and their sizes.</summary>
internal static class CSharpIntegers
{
    /// <summary>The size of an unsigned type in bits.</summary>
    public static int SizeOf(string type) => type switch
    {
        "byte" => 8,
        "ushort" => 16,
        "uint" => 32,
        _ => 64,
    };

    /// <summary>The type of a size in bits.</summary>
    public static string Of(int size, bool isSigned) => (size, isSigned) switch
    {
        (8, false) => "byte",
        (8, true) => "sbyte",
        (16, false) => "ushort",
        (16, true) => "short",
        (32, false) => "uint",
        (32, true) => "int",
        (_, false) => "ulong",
        _ => "long",
    };
}
