namespace System;

/// <summary>The beginning of what ilc writes for each type.</summary>
internal readonly struct TypeData
{
    private readonly uint _flags;
    private readonly uint _baseSize;

    /// <summary>Bytes of an object without its elements.</summary>
    public nuint BaseSize => _baseSize;

    /// <summary>Bytes by which a value was made larger to fill words.</summary>
    public nuint Padding => (_flags >> 5) & 7;
}
