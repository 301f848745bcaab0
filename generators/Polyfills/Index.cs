namespace System;

/// <summary>What the compiler needs for list patterns, and netstandard2.0 does not have.</summary>
internal readonly struct Index(int value, bool fromEnd = false)
{
    /// <summary>The place that is meant in a list of some length.</summary>
    public int GetOffset(int length) => fromEnd ? length - value : value;
}
