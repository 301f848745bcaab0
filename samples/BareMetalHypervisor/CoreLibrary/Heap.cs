using System.Runtime;
using System.Runtime.CompilerServices;

namespace System;

/// <summary>What is behind <c>new</c>: memory is handed out once and never taken back. It is all zero at first.</summary>
internal static unsafe class Heap
{
    // Every object has a word in front, which ilc's code reserves for locks.
    private const nuint Header = 8;

    private static byte* s_next;

    /// <summary>An object of a type that ilc knows.</summary>
    [RuntimeExport("RhpNewFast")]
    public static void* NewObject(TypeData* type) => Allocate(type, type->BaseSize);

    /// <summary>A copy of a value as an object.</summary>
    [RuntimeExport("RhBox")]
    public static void* Box(TypeData* type, byte* value)
    {
        // The base size counts the header and the type's pointer too.
        var box = (byte*)Allocate(type, type->BaseSize);
        for (nuint i = 0; i < type->BaseSize - type->Padding - Header - (nuint)sizeof(void*); i++)
            box[(nuint)sizeof(void*) + i] = value[i];
        return box;
    }

    /// <summary>A text of a length, to be filled.</summary>
    public static string NewString(int length)
    {
        var empty = "";
        var type = *(TypeData**)Unsafe.AddressOf(empty);
        var text = (byte*)Allocate(type, type->BaseSize + ((nuint)length * sizeof(char)));
        *(int*)(text + sizeof(void*)) = length;
        return Unsafe.ObjectAt<string>(text);
    }

    private static void* Allocate(TypeData* type, nuint size)
    {
        if (s_next == null)
            s_next = Start();
        var allocated = s_next + Header;
        s_next += (size + Header + 7) & ~(nuint)7;
        if (s_next > End())
            Internal.Runtime.CompilerHelpers.ThrowHelpers.Stop("The heap is full.");
        *(TypeData**)allocated = type;
        return allocated;
    }

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "address_of_heap")]
    private static extern byte* Start();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "address_of_heap_end")]
    private static extern byte* End();
}
