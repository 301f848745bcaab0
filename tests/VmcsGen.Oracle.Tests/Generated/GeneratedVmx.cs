using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using VmcsGen.Vmx;

namespace VmcsGen.Oracle.Tests.Generated;

/// <summary>The VMX part of the generated code, as reflection sees it.</summary>
internal sealed class GeneratedVmx
{
    public GeneratedVmx(Assembly assembly)
    {
        var types = assembly.GetExportedTypes().Where(static t => t.Namespace == "VmcsGen.Vmx").ToArray();
        var properties = types
            .Single(static t => t.Name == "Vmcs`1")
            .GetProperties(BindingFlags.Instance | BindingFlags.Public)
            .ToDictionary(static p => p.Name);
        Fields = types
            .Single(static t => t.Name == "VmcsField")
            .GetFields(BindingFlags.Static | BindingFlags.Public)
            .Select(f => new GeneratedField(f, (uint)f.GetRawConstantValue()!, properties.GetValueOrDefault(f.Name)))
            .ToDictionary(static f => f.Encoding);
        BitFields = types.Where(GeneratedBitField.Is).ToDictionary(static t => t.Name, static t => new GeneratedBitField(t));
        Enums = types.Where(static t => t.IsEnum).ToDictionary(static t => t.Name);
        Layouts = types
            .Where(static t => t.IsValueType && t.GetInterface("IVmcsLayout") is not null)
            .ToDictionary(static t => t.Name, static t => new GeneratedLayout(t));
    }

    public static GeneratedVmx Runtime { get; } = new(typeof(Vmcs12).Assembly);

    /// <summary>The VMCS fields by encoding.</summary>
    public IReadOnlyDictionary<uint, GeneratedField> Fields { get; }

    /// <summary>The bit-fields by C# name.</summary>
    public IReadOnlyDictionary<string, GeneratedBitField> BitFields { get; }

    /// <summary>All enums by C# name, hand-written ones among them.</summary>
    public IReadOnlyDictionary<string, Type> Enums { get; }

    /// <summary>The layouts by C# name.</summary>
    public IReadOnlyDictionary<string, GeneratedLayout> Layouts { get; }

    /// <summary>The values of an enum: native name, C# name and number.</summary>
    public IEnumerable<(string Name, string? Native, Int128 Value)> ValuesOf(string name) =>
        Enums[name]
            .GetFields(BindingFlags.Static | BindingFlags.Public)
            .Select(static f => (f.Name, NativeNames.Declared(f), Numbers.From(f.GetRawConstantValue()!)));
}

/// <summary>A VMCS field: its member of the enum of encodings, and its property on a VMCS.</summary>
internal sealed record GeneratedField(FieldInfo Member, uint Encoding, PropertyInfo? Property)
{
    public string Name => Member.Name;

    public string? NativeName => NativeNames.Declared(Member);
}
