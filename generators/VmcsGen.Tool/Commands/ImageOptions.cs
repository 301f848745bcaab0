using System;
using System.CommandLine;
using System.Linq;
using VmcsGen.Tool.Facts;
using VmcsGen.Tool.Images;
using VmcsGen.Tool.Machine;
using VmcsGen.Tool.Regions;

namespace VmcsGen.Tool.Commands;

/// <summary>The options of commands that read images.</summary>
internal sealed class ImageOptions
{
    private readonly Option<string?> _kind = new("--as")
    {
        Description =
            "What the file is, where its content does not tell: vmcs12, evmcs, nested-state, snapshot, kvm-run, trace (lines), trace-file (trace.dat) or trace-pages.",
        HelpName = "KIND",
    };

    private readonly Option<string?> _layout = new("--layout", "-l")
    {
        Description = "A spec with the layout of the region (kind: layouts); FILE:NAME if it has several.",
        HelpName = "FILE[:NAME]",
    };

    private readonly Option<string?> _capabilities = new("--capabilities", "-c")
    {
        Description = "What 'vmcsgen host --json' wrote on the machine of the image.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _offset = new("--offset", "-o")
    {
        Description = "Where in the file the image begins, as 'vmcsgen scan' tells: 0x30, 30h or 48.",
        HelpName = "BYTES",
    };

    /// <summary>Adds them to a command.</summary>
    public ImageOptions(Command command)
    {
        _kind.AcceptOnlyFromAmong([.. Enum.GetValues<ImageKind>().Where(static kind => kind != ImageKind.Layout).Select(ImageReader.Name)]);
        command.Options.Add(_kind);
        command.Options.Add(_layout);
        command.Options.Add(_capabilities);
        command.Options.Add(_offset);
    }

    /// <summary>What reads images as a command line says.</summary>
    /// <exception cref="InputException">A file that it names cannot be used.</exception>
    public ImageReader Read(ParseResult parsed)
    {
        var name = parsed.GetValue(_kind);
        ImageKind? kind = name is null ? null : Enum.GetValues<ImageKind>().Single(kind => ImageReader.Name(kind) == name);
        var layout = parsed.GetValue(_layout) is { } text ? SpecLayouts.Find(text).Single() : null;
        var machine = parsed.GetValue(_capabilities) is { } path ? MachineJson.Read(path) : null;
        return new(kind, layout, machine) { Offset = parsed.GetValue(_offset) is { } offset ? Number(offset) : null };
    }

    private static long Number(string text) =>
        Fact.TryReadNumber(text, out var number) && number <= long.MaxValue
            ? (long)number
            : throw new InputException($"'{text}' is no offset. Write 0x30, 30h or 48.");
}
