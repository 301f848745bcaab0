using System.Runtime;
using System.Runtime.CompilerServices;

namespace BareMetal;

/// <summary>Free physical memory, page by page. Addresses are physical and linear at once. Nothing is given back.</summary>
internal static unsafe class Memory
{
    public const ulong PageSize = 0x1000;

    private static ulong s_next;

    /// <summary>A page of zeros.</summary>
    public static ulong* Page() => Pages(1);

    /// <summary>Pages of zeros, one behind the other.</summary>
    public static ulong* Pages(ulong count)
    {
        if (s_next == 0)
            s_next = Start();
        var pages = (ulong*)s_next;
        s_next += count * PageSize;
        for (ulong i = 0; i < count * PageSize / sizeof(ulong); i++)
            pages[i] = 0;
        return pages;
    }

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "address_of_free_memory")]
    private static extern ulong Start();
}
