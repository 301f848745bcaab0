using System;
using System.Collections.Generic;
using System.Globalization;
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
        EntryChecks = ReadEntryChecks(types, Fields.Keys);
        BitFields = types.Where(GeneratedBitField.Is).ToDictionary(static t => t.Name, static t => new GeneratedBitField(t));
        Enums = types.Where(static t => t.IsEnum).ToDictionary(static t => t.Name);
        Layouts = types
            .Where(static t => t.IsValueType && t.GetInterface("IVmcsLayout") is not null)
            .ToDictionary(static t => t.Name, static t => new GeneratedLayout(t));
    }

    public static GeneratedVmx Runtime { get; } = new(typeof(Vmcs12).Assembly);

    /// <summary>The VMCS fields by encoding.</summary>
    public IReadOnlyDictionary<uint, GeneratedField> Fields { get; }

    /// <summary>What VM entry demands of fields one by one, by encoding.</summary>
    public IReadOnlyDictionary<uint, GeneratedEntryCheck> EntryChecks { get; }

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

    private static Dictionary<uint, GeneratedEntryCheck> ReadEntryChecks(Type[] types, IEnumerable<uint> encodings)
    {
        var field = types.Single(static t => t.Name == "VmcsField");
        var info = types.Single(static t => t.Name == "VmcsFieldInfo");
        var find = types.Single(static t => t.Name == "VmcsFields").GetMethod("TryFind", [field, info.MakeByRefType()])!;
        var checks = new Dictionary<uint, GeneratedEntryCheck>();
        foreach (var encoding in encodings)
        {
            object?[] arguments = [Enum.ToObject(field, encoding), null];
            if ((bool)find.Invoke(null, arguments)! && info.GetProperty("Check")!.GetValue(arguments[1]) is { } check)
                checks.Add(encoding, new GeneratedEntryCheck(check));
        }
        return checks;
    }
}

/// <summary>The check that a VMCS field carries.</summary>
internal sealed record GeneratedEntryCheck(string Form, ulong ZeroBits, uint ControlField, ulong ControlBit)
{
    public GeneratedEntryCheck(object check)
        : this(
            Read(check, "Form").ToString()!,
            (ulong)Read(check, "ZeroBits"),
            Convert.ToUInt32(Read(check, "ControlField"), CultureInfo.InvariantCulture),
            (ulong)Read(check, "ControlBit")
        ) { }

    private static object Read(object check, string property) => check.GetType().GetProperty(property)!.GetValue(check)!;
}

/// <summary>A VMCS field: its member of the enum of encodings, and its property on a VMCS.</summary>
internal sealed record GeneratedField(FieldInfo Member, uint Encoding, PropertyInfo? Property)
{
    public string Name => Member.Name;

    public string? NativeName => NativeNames.Declared(Member);
}
