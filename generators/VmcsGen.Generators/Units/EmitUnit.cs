using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Units;

/// <summary>
/// What is emitted, one file a unit. Units are resolved and free of positions: a unit that is equal to the last run's is not
/// emitted again.
/// </summary>
internal abstract record EmitUnit(EmitTarget Target);

/// <summary>File name, namespace and accessibility of a unit.</summary>
/// <param name="Hint">File name.</param>
/// <param name="Namespace">Namespace.</param>
/// <param name="Access">Accessibility of types.</param>
/// <param name="IsFreestanding">Whether the code must do with a minimal core library: no exceptions, strings, arrays or statics.</param>
/// <param name="Path">The spec that the code is emitted for; empty when it is for several.</param>
internal sealed record EmitTarget(string Hint, string Namespace, string Access, bool IsFreestanding = false, string Path = "");

/// <summary>Many units whose code goes into few files.</summary>
internal sealed record BundleUnit(EmitTarget Target, EquatableArray<EmitUnit> Units) : EmitUnit(Target);

/// <summary>A source file of the runtime, for an assembly without it.</summary>
internal sealed record SupportUnit(EmitTarget Target, string Resource) : EmitUnit(Target);

/// <summary>The table of symbols for the specs of projects that reference this one.</summary>
internal sealed record AssemblySymbolsUnit(EmitTarget Target, string Key, string Table) : EmitUnit(Target);

/// <summary>The table of symbols for the generator itself.</summary>
internal sealed record SymbolsUnit(EmitTarget Target, string Table) : EmitUnit(Target);
