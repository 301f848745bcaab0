using VmcsGen.Generators.Model;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Units;

/// <summary>CPUID features.</summary>
/// <param name="Target">Where the code goes.</param>
/// <param name="ClassName">The class of a project's own features; null for the enum of the built-in ones.</param>
/// <param name="Features">The features.</param>
internal sealed record CpuidUnit(EmitTarget Target, string? ClassName, EquatableArray<CpuidFeature> Features) : EmitUnit(Target);

/// <param name="Where">Leaf, register and bit in words.</param>
/// <param name="Place">The same as one number.</param>
internal sealed record CpuidFeature(string Name, ItemDoc Doc, string Where, uint Place);
