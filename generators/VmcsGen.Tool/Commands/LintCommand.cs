using System;
using System.CommandLine;
using System.Linq;
using Microsoft.CodeAnalysis;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Resolve;
using VmcsGen.Generators.Units;
using VmcsGen.Tool.Output;
using VmcsGen.Tool.Specs;

namespace VmcsGen.Tool.Commands;

/// <summary><c>vmcsgen lint</c>: the generator's diagnostics without a build.</summary>
internal static class LintCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        var files = new Argument<string[]>("SPEC")
        {
            Description = "Specs, or folders of them; those of one project together, since one may refer to another.",
            Arity = ArgumentArity.OneOrMore,
        };
        var root = new Option<string>("--root-namespace")
        {
            Description = "The project's root namespace, in which code goes that states none.",
            HelpName = "NAMESPACE",
            DefaultValueFactory = static _ => "VmcsGen.Own",
        };
        var format = new Option<string>("--format", "-f")
        {
            Description = "text, or sarif (SARIF 2.1.0, for CI).",
            HelpName = "FORMAT",
            DefaultValueFactory = static _ => "text",
        };
        format.AcceptOnlyFromAmong("text", "sarif");
        var output = new Option<string?>("--output", "-o") { Description = "Write into a file.", HelpName = "FILE" };
        var command = new ToolCommand(
            "lint",
            "Finds the mistakes in specs that the generator would report in a build. C# types that specs name are taken to be there.\n"
                + "Exit codes: 0 no mistake, 1 a mistake, 2 the input cannot be used.",
            ("vmcsgen lint specs", "All specs of a project:"),
            ("vmcsgen lint specs --format sarif -o specs.sarif", "For a pipeline:")
        )
        {
            files,
            root,
            format,
            output,
        };
        command.SetAction(parsed =>
        {
            var read = SpecFiles.Find(parsed.GetValue(files)!).Distinct().Select(SpecFiles.Read).ToArray();
            var mistakes = SpecFiles
                .Mistakes(read, Resolve(read, parsed.GetValue(root)!))
                .OrderBy(static one => one.Location.GetLineSpan().Path, StringComparer.Ordinal)
                .ThenBy(static one => one.Location.GetLineSpan().StartLinePosition)
                .ToArray();
            NewFile.WriteText(
                terminal,
                parsed.GetValue(output),
                writer =>
                {
                    if (parsed.GetValue(format) == "sarif")
                    {
                        writer.Write(Terminal.Json(json => MistakeSarif.Write(json, mistakes)) + "\n");
                        return;
                    }
                    foreach (var mistake in mistakes)
                        writer.WriteLine(SpecFiles.Describe(mistake));
                    writer.WriteLine($"{read.Length} specs, {mistakes.Length} mistakes.");
                }
            );
            return mistakes.Any(static one => one.Severity >= DiagnosticSeverity.Warning) ? ExitCodes.Found : ExitCodes.Good;
        });
        return command;
    }

    // VmcsGen's own specs are compiled into its runtime, together with those that are not named.
    private static Resolution Resolve(ReadResult[] read, string root)
    {
        SpecFile[] models = [.. read.Select(static file => file.File)];
        var isOwn = !Array.Exists(read, static file => BuiltInSpecs.Has(file.Path));
        if (!isOwn)
            models = [.. BuiltInSpecs.Beside(read.Select(static file => file.Path)), .. models];
        // Of each machine that a spec is about; a project lists them too.
        var architectures = models
            .SelectMany(static file => file.Architectures)
            .Prepend(Architecture.X64)
            .Distinct()
            .Select(static one => one.Name);
        var options = (isOwn ? new EmitOptions(EmitMode.Own, root) : SpecSet.Runtime) with { Architectures = new([.. architectures]) };
        return Resolver.Resolve(models, options, SyntheticTypes.For(models, options));
    }
}
