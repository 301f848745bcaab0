using System.Runtime.CompilerServices;

namespace System;

/// <summary>What ilc's code calls to copy and fill memory.</summary>
internal static unsafe class SpanHelpers
{
    public static void ClearWithoutReferences(ref byte start, nuint count) => Fill(ref start, 0, count);

    public static void Fill(ref byte start, byte value, nuint count)
    {
        fixed (byte* bytes = &start)
        {
            for (nuint i = 0; i < count; i++)
                bytes[i] = value;
        }
    }

    public static void Memmove(ref byte to, ref byte from, nuint count)
    {
        fixed (byte* target = &to)
        fixed (byte* source = &from)
        {
            if (target <= source)
            {
                for (nuint i = 0; i < count; i++)
                    target[i] = source[i];
                return;
            }
            while (count-- > 0)
                target[count] = source[count];
        }
    }
}
