using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;

namespace VmcsGen.Oracle.Tests.Generated;

/// <summary>A generated VMCS layout: its members by native name, and its table of encodings.</summary>
internal sealed class GeneratedLayout
{
    private readonly uint[] _places;

    private delegate ReadOnlySpan<uint> PlacesGetter();

    public GeneratedLayout(Type type)
    {
        Type = type;
        _places = type.GetProperty("FieldPlaces")!.GetMethod!.CreateDelegate<PlacesGetter>()().ToArray();
        Members = type.GetFields(BindingFlags.Instance | BindingFlags.Public)
            .Select(static f => new GeneratedLayoutMember(f, ManagedLayout.OffsetOf(f), ManagedLayout.SizeOf(f.FieldType)))
            .ToDictionary(static m => NativeNames.Of(m.Field));
    }

    public Type Type { get; }

    public int Size => ManagedLayout.SizeOf(Type);

    /// <summary>The revision identifier of new images; null if the layout has none.</summary>
    public uint? Revision => (uint?)Type.GetField("RevisionId")?.GetRawConstantValue();

    public IReadOnlyDictionary<string, GeneratedLayoutMember> Members { get; }

    /// <summary>Where the table finds a field; null if it has none.</summary>
    public int? OffsetOf(uint encoding)
    {
        var index = (encoding >> 10) | ((encoding & 0x3FF) << 5);
        var place = index < _places.Length ? _places[index] : uint.MaxValue;
        if (place == uint.MaxValue)
            return null;
        return place >= 0xFFFF_0000 ? (int)(place >> 8 & 0xFF) : (int)((place >> 8) + (place & 0xFF) / 8);
    }
}

/// <summary>A member of a generated layout.</summary>
internal sealed record GeneratedLayoutMember(FieldInfo Field, int Offset, int Size);
