using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using VmcsGen.Oracle.Tests.Headers;
using VmcsGen.Testing;
using VmcsGen.Tool.Commands;
using VmcsGen.Vmx.Bochs.Tests.Testing;
using Xunit;

namespace VmcsGen.Tool.Tests.Commands;

/// <summary>Every example of the help, of docs/tool.md and of docs/import.md works.</summary>
public class HelpTests
{
    private static readonly Terminal s_nothing = new(static () => Stream.Null, TextWriter.Null, TextWriter.Null, IsTerminal: false);

    private static readonly string[] s_pages = ["tool.md", "import.md"];

    public static TheoryData<string> Names => [.. Program.Root(s_nothing).Subcommands.Select(static command => command.Name)];

    public static TheoryData<string> Examples => [.. OfHelp().Concat(OfDocumentation()).Distinct()];

    [Theory]
    [MemberData(nameof(Names))]
    public void Help_has_examples(string name)
    {
        var run = ToolRun.Of(name, "--help");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("Examples:", run.Output, StringComparison.Ordinal);
        Assert.Contains($"vmcsgen {name}", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public void An_example_works(string line)
    {
        if (line.Contains(" import ", StringComparison.Ordinal) || line.Contains(" verify ", StringComparison.Ordinal))
            Tools.RequireOrSkip();
        if (line.Contains("/sys/kernel/btf", StringComparison.Ordinal))
            Tools.RequireOrSkip(File.Exists("/sys/kernel/btf/vmlinux") ? null : "The running kernel has no BTF.");
        Assert.SkipWhen(line.Contains("--running", StringComparison.Ordinal) && !File.Exists("/dev/kvm"), "The running kernel has no KVM.");
        using var files = new ExampleFiles();
        var words = files.WordsOf(line);
        if (words[0] == "layout")
            TestMachine.SkipWithoutBochs();

        // It runs until Ctrl-C (LiveTraceTests).
        if (words.Contains("--follow"))
        {
            Assert.Empty(Program.Root(s_nothing).Parse(words).Errors);
            return;
        }

        var run = ToolRun.Of(files.InputOf(line), words);

        Assert.Empty(run.Error);
        Assert.NotEqual(words.Contains("-o"), run.Output.Length != 0);
        // A rule is broken in the log, and the two images differ.
        Assert.Equal(words[0] is "why" or "diff" ? 1 : 0, run.ExitCode);
    }

    [Fact]
    public void Commands_and_names_are_completed()
    {
        Assert.Contains("why", ToolRun.Of("[suggest:9]", "vmcsgen w").Output.Split(Environment.NewLine));
        Assert.Contains("GuestRip", ToolRun.Of("[suggest:21]", "vmcsgen field GuestRi").Output.Split(Environment.NewLine));
    }

    private static IEnumerable<string> OfHelp() =>
        Program
            .Root(s_nothing)
            .Subcommands.OfType<ToolCommand>()
            .SelectMany(static command => command.Examples)
            .Select(static one => one.Line);

    private static IEnumerable<string> OfDocumentation() =>
        s_pages
            .SelectMany(static page => File.ReadLines(Path.Combine(RuntimeSources.Root, "docs", page), Encoding.UTF8))
            .Where(static line =>
                line.StartsWith("vmcsgen ", StringComparison.Ordinal) || line.Contains("| vmcsgen ", StringComparison.Ordinal)
            )
            .Where(static line => !line.StartsWith('|'));
}
