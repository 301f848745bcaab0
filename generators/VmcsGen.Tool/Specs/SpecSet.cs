using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Abi;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Resolve;
using VmcsGen.Generators.Units;

namespace VmcsGen.Tool.Specs;

/// <summary>Specs whose names and numbers are resolved: what the generator makes C# of, for other purposes.</summary>
internal sealed class SpecSet
{
    private static readonly Lazy<SpecSet> s_builtIn = new(static () => Of(BuiltInSpecs.Read()));
    private static readonly Lazy<SpecSet> s_kvm = new(static () => Of(BuiltInSpecs.Read("spec/kvm/")));
    private static readonly Lazy<SpecSet> s_processor = new(static () => Of(BuiltInSpecs.Read("spec/vmx/", "spec/x86/")));

    private readonly Dictionary<string, StructShape> _structs;
    private readonly Dictionary<string, EnumUnit> _enums;

    private SpecSet(IReadOnlyList<SpecFile> files, Resolution resolution)
    {
        Files = files;
        Resolution = resolution;
        Units = [.. resolution.Units.SelectMany(static file => file.Units), .. resolution.Shared];
        _structs = Units.OfType<StructUnit>().ToDictionary(static unit => unit.Shape.CSharpName, static unit => unit.Shape);
        _enums = Units.OfType<EnumUnit>().ToDictionary(static unit => unit.Name);
    }

    /// <summary>
    /// How specs of VmcsGen itself are emitted. The namespace is that of the built-in ioctls, from which C# types are looked up.
    /// </summary>
    public static EmitOptions Runtime { get; } = new(EmitMode.Runtime, "VmcsGen.Kvm");

    /// <summary>All of VmcsGen itself.</summary>
    public static SpecSet BuiltIn => s_builtIn.Value;

    /// <summary>Those of KVM alone, which take less time.</summary>
    public static SpecSet Kvm => s_kvm.Value;

    /// <summary>Those of the processor alone.</summary>
    public static SpecSet Processor => s_processor.Value;

    /// <summary>Those of KVM as another machine has it.</summary>
    public static SpecSet KvmOn(Architecture architecture) => Of(BuiltInSpecs.Read("spec/kvm/"), architecture);

    /// <summary>What the files say.</summary>
    public IReadOnlyList<SpecFile> Files { get; }

    /// <summary>What comes of them.</summary>
    public Resolution Resolution { get; }

    /// <summary>All that would be emitted.</summary>
    public IReadOnlyList<EmitUnit> Units { get; }

    /// <summary>The structs, in the order of files.</summary>
    public IEnumerable<StructShape> Structs => Units.OfType<StructUnit>().Select(static unit => unit.Shape);

    /// <summary>Resolves files as those of VmcsGen itself are resolved.</summary>
    public static SpecSet Of(IEnumerable<SpecFile> files) => Of(files, Architecture.X64);

    private static SpecSet Of(IEnumerable<SpecFile> files, Architecture architecture)
    {
        var all = files.ToArray();
        var options = Runtime with { Architectures = new([architecture.Name]) };
        return new(all, Resolver.Resolve(all, options, SyntheticTypes.For(all, options)));
    }

    /// <summary>Finds a struct by its name in C#, with or without a namespace, or by its name in C.</summary>
    public StructShape? FindStruct(string name) =>
        _structs.GetValueOrDefault(LastWord(name)) ?? Structs.FirstOrDefault(shape => shape.Native == name);

    /// <summary>Finds an enum by its name in C#, with or without a namespace.</summary>
    public EnumUnit? FindEnum(string name) => _enums.GetValueOrDefault(LastWord(name));

    private static string LastWord(string name) => name[(name.LastIndexOf('.') + 1)..];
}
