using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Specs;
using VmcsGen.Generators.Units;

namespace VmcsGen.Generators.Resolve;

/// <summary>Finds the control bits that specs name.</summary>
internal static class ControlBits
{
    // What makes fields exist and is announced by CPUID: a word that no VMCS field holds.
    private const string Cpuid = "CPUID";

    private static readonly string[] CpuidFeatures = ["Apx"];

    // A message names no more.
    private const int MostNamed = 8;

    /// <summary>
    /// What <c>EnableEpt</c> or <c>SecondaryProcessorBasedControls.EnableEpt</c> or <c>CPUID.Apx</c> means; null, and reported, if that is
    /// nothing or not clear.
    /// </summary>
    public static ControlBit? Find(Resolver resolver, FileScope scope, SpecItem item, Spot<string> control)
    {
        var symbols = resolver.Symbols;
        var dot = control.Value.IndexOf('.');
        if (dot == Cpuid.Length && control.Value.StartsWith(Cpuid, StringComparison.Ordinal))
        {
            var feature = control.Value.Substring(dot + 1);
            if (CpuidFeatures.Contains(feature))
                return new(Cpuid, feature, null, 0);
        }
        var found = symbols.FindBits(control.Value);
        if (found.Count == 1)
        {
            var (word, bit, owner) = (found[0].Word, found[0].Bit, found[0].Item);
            resolver.Use(scope, item, owner);
            resolver.Use(scope, item, symbols.Find<BitFieldSymbol>(word)?.Item);
            var holder = symbols.FindHolder(word);
            resolver.Use(scope, item, holder?.Item);
            return new(word, bit.Name, holder?.Encoding, 1UL << bit.Low);
        }
        if (found.Count > 1)
            scope.Fail(
                item,
                DiagnosticIds.AmbiguousReference,
                control.At,
                control.Value,
                string.Join(", ", found.Take(MostNamed).Select(static owner => $"{owner.Word}.{owner.Bit.Name}"))
            );
        else
            scope.FailUnknown(item, "control bit", control, Candidates(symbols, control.Value, dot));
        return null;
    }

    private static IEnumerable<string> Candidates(SymbolTable symbols, string control, int dot) =>
        dot <= 0 ? symbols.Of<BitFieldSymbol>().SelectMany(static word => word.Parts).Select(static bit => bit.Name)
        : symbols.Find<BitFieldSymbol>(control.Substring(0, dot)) is { } word ? word.Parts.Select(bit => $"{word.Name}.{bit.Name}")
        : symbols.Names<BitFieldSymbol>().Select(name => name + control.Substring(dot));
}
