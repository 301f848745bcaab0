using System.CommandLine;
using VmcsGen.Tool.Clang;
using VmcsGen.Tool.Headers;

namespace VmcsGen.Tool.Commands;

/// <summary>The part of a command line that says which headers, and for which machine.</summary>
internal sealed class HeaderOptions
{
    private readonly Argument<string[]> _headers = new("HEADER")
    {
        Description = "A header as C includes it: linux/kvm.h. What it includes is not looked at, unless it is named too.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string[]> _include = new("--include", "-I")
    {
        Description = "A folder with headers, searched before the system's: what 'make headers_install' made, with /include behind it.",
        HelpName = "FOLDER",
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<string[]> _define = new("--define", "-D")
    {
        Description = "What the kernel defines where programs cannot see it: PAGE_SIZE=4096.",
        HelpName = "NAME=VALUE",
    };

    private readonly Option<string> _target = new("--target")
    {
        Description = "The machine, as compilers name it: aarch64-linux-gnu.",
        HelpName = "TRIPLE",
        DefaultValueFactory = static _ => ClangTarget.X64,
    };

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        command.Arguments.Add(_headers);
        command.Options.Add(_include);
        command.Options.Add(_define);
        command.Options.Add(_target);
    }

    /// <summary>Whether a command line names headers.</summary>
    public bool Has(ParseResult parsed) => parsed.GetValue(_headers) is { Length: > 0 };

    /// <summary>What a command line says.</summary>
    public (HeaderSet Headers, ClangTarget Target) Of(ParseResult parsed) =>
        Has(parsed)
            ? (
                new(parsed.GetValue(_headers)!),
                new(parsed.GetValue(_target)!, parsed.GetValue(_include) ?? [], parsed.GetValue(_define) ?? [])
            )
            : throw new InputException("name the headers, as C includes them: linux/kvm.h.");
}
