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
    /// <summary>What <c>EnableEpt</c> or <c>SecondaryProcessorBasedControls.EnableEpt</c> means; null, and reported, if that is nothing or not clear.</summary>
    public static ControlBit? Find(SymbolTable symbols, FileScope scope, SpecItem item, Spot<string> control)
    {
        var dot = control.Value.IndexOf('.');
        var name = dot <= 0 ? control.Value : control.Value.Substring(dot + 1);
        var owners = symbols
            .Of<BitFieldSymbol>()
            .Where(word => (dot <= 0 || word.Name == control.Value.Substring(0, dot)) && word.Parts.Any(bit => bit.Name == name))
            .ToArray();
        if (owners.Length == 1)
            return new(
                owners[0].Name,
                name,
                symbols.FindHolder(owners[0].Name)?.Encoding,
                1UL << owners[0].Parts.First(bit => bit.Name == name).Low
            );
        if (owners.Length > 1)
            scope.Fail(
                item,
                DiagnosticIds.AmbiguousReference,
                control.At,
                control.Value,
                string.Join(", ", owners.Select(owner => $"{owner.Name}.{name}"))
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
