using System.Runtime;
using System.Runtime.CompilerServices;

namespace System;

/// <summary>
/// Statics that hold references. ilc wants an object for those of each class, and lists the types of these objects; a runtime makes them
/// when it starts.
/// </summary>
internal static unsafe class Statics
{
    private const int ListOfStatics = 201;

    // In the lowest bits of an entry: there is no object yet; what it holds at first lies elsewhere.
    private const nint NoObject = 1;
    private const nint HasContents = 2;

    // An object's type, and the word in front of it.
    private const nuint Overhead = 16;

    /// <summary>Makes them all.</summary>
    [RuntimeExport("initialize_statics")]
    public static void Initialize()
    {
        var header = Header();
        var sections = (ModuleSection*)(header + 1);
        for (var i = 0; i < header->SectionCount; i++)
        {
            if (sections[i].Id != ListOfStatics)
                continue;
            for (var entry = (int*)sections[i].Start; entry < sections[i].End; entry++)
                Create((int*)At(entry));
        }
    }

    private static void Create(int* place)
    {
        var type = At(place);
        if ((type & NoObject) == 0)
            return;
        var data = (TypeData*)(type & ~(NoObject | HasContents));
        var statics = (byte*)Heap.NewObject(data);
        if ((type & HasContents) != 0)
        {
            var contents = (byte*)At(place + 1);
            for (nuint i = 0; i < data->BaseSize - Overhead; i++)
                statics[(nuint)sizeof(void*) + i] = contents[i];
        }
        *(void**)place = statics;
    }

    // Pointers are distances from where they lie.
    private static nint At(int* place) => (nint)((byte*)place + *place);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "address_of_module_header")]
    private static extern ModuleHeader* Header();
}

/// <summary>What ilc says of its output: sections by number. They follow.</summary>
internal readonly struct ModuleHeader
{
    public uint Signature { get; }
    public uint Version { get; }
    public uint Flags { get; }
    public ushort SectionCount { get; }
    public ushort SectionFormat { get; }
}

/// <summary>A section, or a list.</summary>
internal readonly unsafe struct ModuleSection
{
    public int Id { get; }
    public int Flags { get; }
    public void* Start { get; }
    public void* End { get; }
}
