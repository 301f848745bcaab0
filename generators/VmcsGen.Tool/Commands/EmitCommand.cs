using System.CommandLine;
using System.Linq;
using VmcsGen.Tool.Emission;
using VmcsGen.Tool.Output;
using VmcsGen.Tool.Specs;

namespace VmcsGen.Tool.Commands;

/// <summary><c>vmcsgen emit</c>: specs as C, Python, Rust or JSON.</summary>
internal static class EmitCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        var files = new Argument<string[]>("SPEC")
        {
            Description = "Specs, or folders with *.vmcs.yaml; kvm, vmx or x86 for those of VmcsGen itself. None for all of these.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var language = new Option<string>("--language", "-l")
        {
            Description = "c, python, rust or json.",
            Required = true,
            HelpName = "LANGUAGE",
        };
        language.AcceptOnlyFromAmong("c", "python", "rust", "json");
        var output = new Option<string?>("--output", "-o") { Description = "Write into a file.", HelpName = "FILE" };
        var command = new ToolCommand(
            "emit",
            "Writes specs as a C header, a Python module with ctypes, a Rust module, or JSON: structs, constants, request numbers, VMCS fields, "
                + "bits, MSRs and layouts.",
            ("vmcsgen emit --language c kvm -o kvm.h", "KVM's interface as a C header:"),
            ("vmcsgen emit --language python specs", "A program's own specs for Python, with what they need of KVM's:"),
            ("vmcsgen emit --language rust vmx", "VMCS fields, control bits and layouts for Rust:"),
            ("vmcsgen emit --language json", "All, for other generators:")
        )
        {
            files,
            language,
            output,
        };
        command.SetAction(parsed =>
        {
            var set = Select(parsed.GetValue(files) ?? []);
            NewFile.WriteText(
                terminal,
                parsed.GetValue(output),
                writer =>
                {
                    switch (parsed.GetValue(language))
                    {
                        case "c":
                            CText.Write(writer, set);
                            break;
                        case "python":
                            PythonText.Write(writer, set);
                            break;
                        case "rust":
                            RustText.Write(writer, set);
                            break;
                        default:
                            writer.Write(Terminal.Json(json => JsonText.Write(json, set)) + "\n");
                            break;
                    }
                }
            );
            return ExitCodes.Good;
        });
        return command;
    }

    private static EmitSet Select(string[] words)
    {
        var groups = words.Where(static word => BuiltInSpecs.Groups.Contains(word)).ToArray();
        var paths = SpecFiles.Find(words.Except(groups));
        var specs = paths.Count == 0 ? SpecSet.BuiltIn : SpecFiles.Load(paths);
        return EmitSelection.Of(
            specs,
            [
                .. specs.Files.Where(file =>
                    words.Length == 0 || paths.Contains(file.Path) || groups.Any(group => BuiltInSpecs.IsOf(group, file))
                ),
            ]
        );
    }
}
