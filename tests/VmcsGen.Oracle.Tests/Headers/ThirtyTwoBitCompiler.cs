using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace VmcsGen.Oracle.Tests.Headers;

/// <summary>The same compiler in 32-bit mode. It needs no 32-bit libraries, since its answers are read and not run.</summary>
internal static class ThirtyTwoBitCompiler
{
    /// <summary>Why there is no such compiler; null if there is one.</summary>
    public static string? Missing()
    {
        using var directory = new ScratchDirectory();
        var source = directory.Write("probe.c", "#include <linux/kvm.h>\n");
        return Tools.TryRun("gcc", [.. Options(), "-fsyntax-only", source]).ExitCode == 0 ? null : "gcc cannot compile for 32 bits (-m32).";
    }

    /// <summary>Evaluates integer constant expressions about &lt;linux/kvm.h&gt;.</summary>
    public static IReadOnlyList<uint> Evaluate(IReadOnlyList<string> expressions)
    {
        using var directory = new ScratchDirectory();
        var enumerators = string.Join(", ", expressions.Select(static (expression, i) => $"answer{i} = {expression}"));
        var source = $"#include <linux/kvm.h>\n#include <stddef.h>\nenum answers {{ {enumerators} }};\n";
        var answers = DebugInformation.Of(directory, source, Options()).DeclaredIn("types.c").Single(static e => e.Name == "answers");
        return [.. answers.Children.Where(static c => c.Tag == "enumerator").Select(static c => Number(c.Attributes["const_value"]))];
    }

    // The headers of this architecture lie where only the 64-bit compiler looks by itself.
    private static string[] Options() => ["-m32", "-idirafter", "/usr/include/" + Tools.Run("gcc", "-print-multiarch").Trim()];

    private static uint Number(string text) =>
        text.StartsWith("0x", System.StringComparison.Ordinal)
            ? uint.Parse(text[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture)
            : (uint)long.Parse(text, CultureInfo.InvariantCulture);
}
