using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace VmcsGen.Oracle.Tests.Generated;

/// <summary>A generated KVM struct: its members by the paths that C code writes for them.</summary>
internal sealed class GeneratedStruct
{
    private readonly Dictionary<string, GeneratedMember> _members = [];

    public GeneratedStruct(Type type)
    {
        Type = type;
        Walk(type, "", 0);
        FlexibleEntries = Flexible.EntriesOf(type);
    }

    public Type Type { get; }

    public int Size => ManagedLayout.SizeOf(Type);

    /// <summary>The alignment of the struct together with the flexible arrays that may follow it.</summary>
    public int Alignment => FlexibleEntries.Select(static f => f.ElementType).Append(Type).Max(ManagedLayout.AlignOf);

    /// <summary>Members by path; <c>[]</c> stands behind an array whose elements have members: <c>redirtbl[].bits</c>.</summary>
    public IReadOnlyDictionary<string, GeneratedMember> Members => _members;

    /// <summary>The flexible arrays, which C# has no members for.</summary>
    public IReadOnlyList<GeneratedMember> FlexibleEntries { get; }

    private void Walk(Type type, string prefix, int start)
    {
        foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.Public))
        {
            var path = prefix + NativeNames.Of(field);
            var offset = start + ManagedLayout.OffsetOf(field);
            var (element, dimensions) = Elements(field.FieldType);
            _members.Add(path, new(offset, ManagedLayout.SizeOf(field.FieldType), element, dimensions));
            // Nested structs in C# are nested structs in C; others have their own entry.
            if (element.IsNested)
                Walk(element, path + (dimensions.Count == 0 ? "." : "[]."), offset);
        }
        foreach (var property in type.GetProperties(BindingFlags.Instance | BindingFlags.Public))
        {
            if (NativeNames.Declared(property) is { } name)
                _members.Add(prefix + name, BitField(type, property, start));
        }
    }

    private static (Type Element, IReadOnlyList<int> Dimensions) Elements(Type type)
    {
        List<int> dimensions = [];
        while (type.GetCustomAttribute<InlineArrayAttribute>() is { } array)
        {
            dimensions.Add(array.Length);
            type = type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic).Single().FieldType;
        }
        return (type, dimensions);
    }

    // A C bit-field is a property; it lies where setting it to all ones leaves ones.
    private static GeneratedMember BitField(Type type, PropertyInfo property, int start)
    {
        for (var value = ulong.MaxValue; value != 0; value >>= 1)
        {
            var boxed = Activator.CreateInstance(type)!;
            if (!Numbers.Fits(value, property.PropertyType) || !TrySet(property, boxed, Numbers.Of(value, property.PropertyType)))
                continue;
            var bits = BitRange.SetIn(ManagedLayout.Bytes(boxed));
            bits = bits with { Low = bits.Low + (start * 8) };
            return new(bits.Low / 8, ManagedLayout.SizeOf(property.PropertyType), property.PropertyType, [], bits);
        }
        throw new InvalidOperationException($"{type}.{property.Name} takes no value.");
    }

    private static bool TrySet(PropertyInfo property, object boxed, object value)
    {
        try
        {
            property.SetValue(boxed, value);
            return true;
        }
        catch (TargetInvocationException e) when (e.InnerException is ArgumentOutOfRangeException)
        {
            return false;
        }
    }
}
