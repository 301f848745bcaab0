using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using VmcsGen.Oracle.Tests.Headers;
using VmcsGen.Testing;
using VmcsGen.Tool.Commands;
using VmcsGen.Tool.Tests.Import;
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
        var folder = Directory.CreateTempSubdirectory("vmcsgen");
        try
        {
            var log = Path.Combine(folder.FullName, "kernel.log");
            var host = Path.Combine(folder.FullName, "host.json");
            File.Copy(ToolRun.DumpPath("04-kvm-windows-smm-tdp.txt"), log);
            File.WriteAllText(host, ToolRun.Of("host", "--json").Output);
            // What stands before and behind pipes is the shell's.
            var words = line.Split('|', StringSplitOptions.TrimEntries)
                .Select(static part => part.Replace("source <(", "", StringComparison.Ordinal).TrimEnd(')'))
                .Single(static part => part.StartsWith("vmcsgen ", StringComparison.Ordinal))
                .Split(['>'], 2)[0]
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..]
                .Select(word =>
                    word == "kernel.log" ? log
                    : word == "host.json" ? host
                    : word == "spec/kvm" ? KvmImport.Folder
                    : word is "vfio" or "kernel" or "kvm.sarif" ? Path.Combine(folder.FullName, word)
                    : word
                )
                .ToArray();

            var run = ToolRun.Of(File.ReadAllBytes(log), words);

            Assert.Empty(run.Error);
            Assert.NotEmpty(run.Output);
            Assert.Equal(words[0] == "why" ? 1 : 0, run.ExitCode);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
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
