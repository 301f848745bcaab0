namespace System;

/// <summary>Text as ilc lays literals out: a length and characters, which it knows by these names.</summary>
public sealed unsafe class String
{
    private readonly int _stringLength;
    private readonly char _firstChar;

    public int Length => _stringLength;

    public char this[int index]
    {
        get
        {
            fixed (char* first = &_firstChar)
                return first[index];
        }
    }

    public override string ToString() => this;

    public static string Concat(string left, string right)
    {
        var both = Heap.NewString(left.Length + right.Length);
        fixed (char* first = &both._firstChar)
        {
            for (var i = 0; i < left.Length; i++)
                first[i] = left[i];
            for (var i = 0; i < right.Length; i++)
                first[left.Length + i] = right[i];
        }
        return both;
    }

    public static string Concat(string first, string second, string third) => Concat(Concat(first, second), third);

    public static string Concat(string first, string second, string third, string fourth) => Concat(Concat(first, second, third), fourth);

    /// <summary>A number in digits.</summary>
    internal static string Of(ulong value, ulong radix)
    {
        var count = 1;
        for (var rest = value / radix; rest != 0; rest /= radix)
            count++;
        var text = Heap.NewString(count);
        fixed (char* first = &text._firstChar)
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
