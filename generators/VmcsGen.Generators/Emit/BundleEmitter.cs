using System.Collections.Generic;
using System.Linq;
using System.Text;
using VmcsGen.Generators.Units;

namespace VmcsGen.Generators.Emit;

/// <summary>The code of a unit, or of several.</summary>
/// <param name="Target">Where it goes.</param>
/// <param name="Text">The code.</param>
internal readonly record struct EmittedUnit(EmitTarget Target, string Text);

/// <summary>Puts the code of many units into few files: what begins alike goes into one.</summary>
internal static class BundleEmitter
{
    public static IEnumerable<EmittedUnit> Join(EmitTarget target, IEnumerable<EmittedUnit> units) =>
        units
            .Select(static unit => (Begin: SourceWriter.Beginning(unit.Target, unit.Text), unit.Text))
            .GroupBy(static unit => unit.Begin, static unit => unit.Text)
            .Select(
                (same, number) =>
                {
                    var text = new StringBuilder(same.Key);
                    foreach (var unit in same)
                        text.Append(unit, same.Key.Length, unit.Length - same.Key.Length).Append('\n');
                    return new EmittedUnit(target with { Hint = $"{target.Hint}.{number}.g.cs" }, text.ToString());
                }
            );
}
