using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using VmcsGen.Tool.Dumps;
using VmcsGen.Tool.Findings;
using VmcsGen.Tool.Machine;
using VmcsGen.Tool.Output;

namespace VmcsGen.Tool.Commands;

/// <summary><c>vmcsgen why</c>: a log in, the cause out.</summary>
internal static class WhyCommand
{
    // Of a file that is no log, more problems say nothing new.
    private const int MostProblems = 10;

    // More of them take minutes, and nobody reads as many.
    private const int MostDumps = 1000;

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        var file = new Argument<string>("FILE")
        {
            Description = "A kernel log with VMCS dumps of KVM (Linux 4.19 and later), Xen or HAXM; - is standard input.",
        };
        var capabilities = new Option<string?>("--capabilities", "-c")
        {
            Description = "What 'vmcsgen host --json' wrote on the machine of the log. Without it, rules on its abilities are not decided.",
            HelpName = "FILE",
        };
        var all = new Option<bool>("--all", "-a") { Description = "List every rule that cannot be decided, with what it needs." };
        var json = new Option<bool>("--json") { Description = "Write JSON." };
        var command = new ToolCommand(
            "why",
            "Reads the VMCS dumps in a kernel log and says why VM entry failed.\n"
                + "Exit codes: 0 no rule is known to be broken, 1 a rule is broken, 2 no dump, or the input cannot be used.",
            ("vmcsgen why kernel.log", "The cause of a failed VM entry:"),
            ("journalctl -k -b | vmcsgen why -", "Of this boot:"),
            ("vmcsgen why kernel.log --capabilities host.json", "With what the processor offers:"),
            ("vmcsgen why kernel.log --json", "For a program:")
        )
        {
            file,
            capabilities,
            all,
            json,
        };
        command.SetAction(parsed =>
            Run(terminal, parsed.GetValue(file)!, parsed.GetValue(capabilities), parsed.GetValue(all), parsed.GetValue(json))
        );
        return command;
    }

    private static int Run(Terminal terminal, string path, string? capabilities, bool all, bool asJson)
    {
        var machine = capabilities is null ? null : MachineJson.Read(capabilities);
        var problems = new List<LogProblem>();
        var findings = new List<(Dump Dump, Finding Finding)>();
        try
        {
            using var stream = terminal.Open(path);
            foreach (var dump in DumpReader.Read(stream, Report))
            {
                if (findings.Count == MostDumps)
                {
                    terminal.Error.WriteLine(
                        $"vmcsgen: {path}: line {dump.FirstLine}: only the {MostDumps} dumps before this line are checked. Divide the log."
                    );
                    break;
                }
                findings.Add((dump, Finding.Of(dump, machine)));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: the file cannot be read: {e.Message}");
        }
        if (findings.Count == 0)
        {
            var first = problems.Count == 0 ? "" : $" It may be no text: {problems[0]}";
            throw new InputException(
                $"{path}: there is no VMCS dump. KVM prints one to the kernel log after a failed VM entry (since Linux 5.8 only with the module "
                    + $"parameter dump_invalid_vmcs=1 of kvm_intel), Xen to its console.{first}"
            );
        }
        foreach (var problem in problems)
            terminal.Error.WriteLine($"vmcsgen: {path}: {problem}");
        if (asJson)
            terminal.WriteJson(json => FindingJson.Write(json, findings, problems));
        else
            FindingPage.Write(terminal.NewPage(), findings, machine, all);
        return findings.Exists(static one => one.Finding.Broken.Count != 0) ? ExitCodes.Found : ExitCodes.Good;

        void Report(LogProblem problem)
        {
            if (problems.Count < MostProblems)
                problems.Add(problem);
        }
    }
}
