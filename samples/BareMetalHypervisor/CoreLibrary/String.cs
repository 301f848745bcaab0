namespace System;

/// <summary>Text as ilc lays literals out: a length and characters.</summary>
public sealed unsafe class String
{
    private readonly int _length;
    private readonly char _first;

    public int Length => _length;

    public char this[int index]
    {
        get
        {
            fixed (char* first = &_first)
                return first[index];
        }
    }
}
