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

    public override string ToString() => this;

    public static string Concat(string left, string right)
    {
        var both = Heap.NewString(left.Length + right.Length);
        fixed (char* first = &both._first)
        {
            for (var i = 0; i < left.Length; i++)
                first[i] = left[i];
            for (var i = 0; i < right.Length; i++)
                first[left.Length + i] = right[i];
        }
        return both;
    }

    /// <summary>A number in digits.</summary>
    internal static string Of(ulong value, ulong radix)
    {
        var count = 1;
        for (var rest = value / radix; rest != 0; rest /= radix)
            count++;
        var text = Heap.NewString(count);
        fixed (char* first = &text._first)
        {
            while (count-- > 0)
            {
                first[count] = "0123456789ABCDEF"[(int)(value % radix)];
                value /= radix;
            }
        }
        return text;
    }
}
