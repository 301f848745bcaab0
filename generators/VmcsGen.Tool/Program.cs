using System;
using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.IO;
using System.Linq;
using VmcsGen.Tool.Commands;

namespace VmcsGen.Tool;

/// <summary>The command vmcsgen.</summary>
internal static class Program
{
    // Without it, help that goes into a pipe has columns as wide as a file may be.
    private const int HelpWidth = 120;

    private static int Main(string[] arguments)
    {
        // Text of any script goes out as it came in.
        var output = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = !Console.IsOutputRedirected };
        return Run(
            arguments,
            new(Console.OpenStandardInput, output, Console.Error, !Console.IsOutputRedirected)
            {
                ErrorIsTerminal = !Console.IsErrorRedirected,
            }
        );
    }

    /// <summary>Runs a command line.</summary>
    /// <param name="arguments">The words of the command line.</param>
    /// <param name="terminal">What it reads and writes.</param>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static int Run(string[] arguments, Terminal terminal)
    {
        try
        {
            var result = Invoke(Root(terminal).Parse(arguments), terminal);
            // What cannot be written is told here, and not when the writer goes.
            terminal.Output.Flush();
            return result;
        }
        catch (IOException e) when (e.Message.Contains("Broken pipe", StringComparison.Ordinal))
        {
            // Whoever reads the output has seen enough.
            return ExitCodes.Good;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A disk that is full, an output that is closed.
            terminal.Error.WriteLine($"vmcsgen: input or output ended with an error: {e.GetBaseException().Message}");
            return ExitCodes.BadInput;
        }
    }

    private static int Invoke(ParseResult parsed, Terminal terminal)
    {
        try
        {
            var result = parsed.Invoke(
                new InvocationConfiguration
                {
                    Output = terminal.Output,
                    Error = terminal.Error,
                    EnableDefaultExceptionHandler = false,
                }
            );
            return parsed.Action is ParseErrorAction ? ExitCodes.BadInput : result;
        }
        catch (InputException e)
        {
            terminal.Output.Flush();
            terminal.Error.WriteLine($"vmcsgen: {e.Message}");
            return ExitCodes.BadInput;
        }
    }

    /// <summary>All commands.</summary>
    public static RootCommand Root(Terminal terminal)
    {
        var root = new RootCommand(
            "Why a VM entry failed, and what VMX and KVM's interface consist of.\n"
                + "Exit codes: 0 an answer, 1 a broken rule (why) or an unknown name, 2 a command line or input that cannot be used."
        );
        root.Subcommands.Add(WhyCommand.Create(terminal));
        root.Subcommands.Add(DecodeCommand.Create(terminal));
        root.Subcommands.Add(DiffCommand.Create(terminal));
        root.Subcommands.Add(ScanCommand.Create(terminal));
        foreach (var command in LookUpCommands.Create(terminal))
            root.Subcommands.Add(command);
        root.Subcommands.Add(BitsCommand.Create(terminal));
        root.Subcommands.Add(HostCommand.Create(terminal));
        root.Subcommands.Add(StraceCommand.Create(terminal));
        root.Subcommands.Add(SeccompCommand.Create(terminal));
        root.Subcommands.Add(EmitCommand.Create(terminal));
        root.Subcommands.Add(LintCommand.Create(terminal));
        root.Subcommands.Add(LayoutCommand.Create(terminal));
        root.Subcommands.Add(ImportCommand.Create(terminal));
        root.Subcommands.Add(VerifyCommand.Create(terminal));
        root.Subcommands.Add(CompletionCommand.Create(terminal));
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples(new HelpAction { MaxWidth = HelpWidth });
        return root;
    }
}
