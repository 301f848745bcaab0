using System.Collections.Generic;
using System.Linq;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Oracle.Tests.Generated;
using VmcsGen.Oracle.Tests.Support;

namespace VmcsGen.Oracle.Tests.Vmx;

/// <summary>The parts of a generated bit-field against recorded ones, in both directions.</summary>
internal static class PartComparison
{
    /// <summary>
    /// Finds each recorded part by its place. Where the facts tell the kernel's name, it is the generated part's native name;
    /// elsewhere the C# name must say the same.
    /// </summary>
    public static void Compare(IEnumerable<PartFact> facts, GeneratedBitField generated, CSharpNames names, Differences differences)
    {
        var recorded = facts.ToArray();
        var type = generated.Type.Name;
        foreach (var fact in recorded)
        {
            var actual = generated.Parts.Values.Where(p => p.Low == fact.Low && p.High == fact.High).ToArray();
            if (actual.Length == 0)
                differences.Add($"{type}.{fact.Name}", $"no generated part has the bits {fact.High}:{fact.Low}");
            foreach (var part in actual)
            {
                if (fact.LinuxName is not null)
                    differences.Check($"{type}.{fact.Name}", "kernel's name", fact.LinuxName, part.NativeName);
                else if (!names.Match(fact.Name, part.Name))
                    differences.Add($"{type}.{fact.Name}", $"the part with the bits {fact.High}:{fact.Low} is called {part.Name}");
            }
        }
        foreach (var part in generated.Parts.Values.Where(p => !recorded.Any(f => f.Low == p.Low && f.High == p.High)))
            differences.Add($"{type}.{part.Name}", $"no recorded part has the bits {part.High}:{part.Low}");
        var compared = recorded.Where(static f => f.LinuxName is null).Select(static f => f.Name);
        foreach (var name in names.Needless.Concat(names.Unused(compared)))
            differences.Add($"{type}.{name}", "the renaming is not needed");
    }
}
