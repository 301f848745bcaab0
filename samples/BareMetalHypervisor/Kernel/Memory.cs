using System.Runtime;
using System.Runtime.CompilerServices;

namespace BareMetal;

/// <summary>
/// The hypervisor's own physical memory, and what is free of it, page by page. Addresses are physical and linear at once. Nothing is given
/// back.
/// </summary>
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
        if (s_next > OwnEnd())
            Power.Fail("The hypervisor's own memory is used up.");
        for (ulong i = 0; i < count * PageSize / sizeof(ulong); i++)
            pages[i] = 0;
        return pages;
    }

    /// <summary>Whether any of these bytes are the hypervisor's own.</summary>
    public static bool IsOwn(ulong address, ulong length) => address < OwnEnd() && address + length > OwnStart();

    /// <summary>The first address of what is the hypervisor's own, code and data included.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "address_of_own_memory")]
    public static extern ulong OwnStart();

    /// <summary>The first address behind it.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "address_of_own_memory_end")]
    public static extern ulong OwnEnd();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "address_of_free_memory")]
    private static extern ulong Start();
}
