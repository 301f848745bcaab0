namespace System;

/// <summary>Arrays as ilc lays them out: the length, then the elements.</summary>
public abstract class Array
{
    internal int _length;

    public int Length => _length;
}

internal class Array<T> : Array;
