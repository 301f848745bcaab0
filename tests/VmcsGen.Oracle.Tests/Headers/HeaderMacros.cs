using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;

namespace VmcsGen.Oracle.Tests.Headers;

/// <summary>The macros of a header that stand for a number, and those that do not.</summary>
/// <param name="Numbers">Macros that the compiler takes for an integer.</param>
/// <param name="Ioctls">Those of them that are defined by _IO, _IOR, _IOW or _IOWR.</param>
/// <param name="IncompleteIoctls">Ioctls that have no number here, because their argument's type is not declared.</param>
/// <param name="Others">Other macros with a body: expressions that are no integer.</param>
internal sealed partial record HeaderMacros(
    IReadOnlyList<string> Numbers,
    IReadOnlySet<string> Ioctls,
    IReadOnlyList<string> IncompleteIoctls,
    IReadOnlyList<string> Others
)
{
    /// <summary>Reads the macros of headers, by their file names.</summary>
    public static HeaderMacros Of(ScratchDirectory directory, string source, params string[] headers)
    {
        var bodies = Bodies(Tools.Run("gcc", "-E", "-dD", directory.Write("macros.c", source)), headers);
        var names = bodies.Keys.ToArray();
        var wrong = NotIntegers(directory, source, names);
        var ioctls = names.Where(name => Ioctl().IsMatch(bodies[name])).ToHashSet();
        return new(
            [.. names.Where(n => !wrong.Contains(n))],
            ioctls,
            [.. wrong.Where(ioctls.Contains)],
            [.. wrong.Where(n => !ioctls.Contains(n))]
        );
    }

    // Macros with parameters and without a body (feature macros, include guards) have no value.
    private static Dictionary<string, string> Bodies(string preprocessed, string[] headers)
    {
        Dictionary<string, string> bodies = [];
        var file = "";
        foreach (var line in preprocessed.Split('\n'))
        {
            if (LineMarker().Match(line) is { Success: true } marker)
                file = marker.Groups["file"].Value;
            else if (headers.Contains(file.Split('/')[^1]) && Define().Match(line) is { Success: true } define)
                bodies[define.Groups["name"].Value] = define.Groups["body"].Value;
        }
        return bodies;
    }

    // One declaration a line, so that the lines of the compiler's errors tell the names. Only integers have a complement.
    private static HashSet<string> NotIntegers(ScratchDirectory directory, string source, string[] names)
    {
        var probe = new StringBuilder(source);
        var first = source.Count(static c => c == '\n') + 1;
        foreach (var name in names)
            probe.Append("long long probe_").Append(name).Append(" = (long long)~(").Append(name).Append(");\n");
        var file = directory.Write("probe.c", probe.ToString());
        var (_, _, errors) = Tools.TryRun("gcc", "-fsyntax-only", "-w", "-ftrack-macro-expansion=0", "-fmax-errors=0", file);
        return [.. Error().Matches(errors).Select(m => names[int.Parse(m.Groups["line"].Value, CultureInfo.InvariantCulture) - first])];
    }

    [GeneratedRegex("""^# \d+ "(?<file>[^"]*)""")]
    private static partial Regex LineMarker();

    [GeneratedRegex(@"^#define (?<name>\w+) (?<body>.*\S)")]
    private static partial Regex Define();

    [GeneratedRegex(@"^_IO[RW]*\(")]
    private static partial Regex Ioctl();

    [GeneratedRegex(@"probe\.c:(?<line>\d+):\d+: error")]
    private static partial Regex Error();
}
