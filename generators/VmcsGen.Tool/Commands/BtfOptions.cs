using System;
using System.CommandLine;
using System.IO;
using VmcsGen.Tool.Btf;
using VmcsGen.Tool.Output;

namespace VmcsGen.Tool.Commands;

/// <summary>The part of the command <c>import</c> that takes structs of a kernel from its BTF.</summary>
internal sealed class BtfOptions
{
    private const string FileName = "kernel.structs.vmcs.yaml";

    private readonly Option<string?> _btf = new("--btf")
    {
        Description = "Instead of headers: the BTF of a kernel (/sys/kernel/btf/vmlinux, or a vmlinux) or of a module (kvm.ko).",
        HelpName = "FILE",
    };

    private readonly Option<string?> _base = new("--base")
    {
        Description = "The BTF of the kernel, for that of a module.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _types = new("--types")
    {
        Description = "The structs, by their tags: kvm,kvm_vcpu.",
        HelpName = "TAG,…",
    };

    private readonly Option<bool> _withHeld = new("--with-held") { Description = "Describe structs that they hold too, and not as bytes." };

    private readonly Option<string?> _without = new("--without")
    {
        Description = "With --with-held: what stays bytes, such as a struct of KVM's interface, which VmcsGen.Kvm has already.",
        HelpName = "TAG,…",
    };

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_btf);
        command.Options.Add(_base);
        command.Options.Add(_types);
        command.Options.Add(_withHeld);
        command.Options.Add(_without);
    }

    /// <summary>Whether a command line asks for BTF.</summary>
    public bool Has(ParseResult parsed) => parsed.GetValue(_btf) is not null;

    /// <summary>Makes the spec.</summary>
    public int Run(ParseResult parsed, Terminal terminal, string folder, bool isPublic, bool isDry)
    {
        var path = parsed.GetValue(_btf)!;
        var tags = Tags(parsed, _types);
        if (tags.Length == 0)
            throw new InputException("say which structs of the kernel, by their tags: --types kvm,kvm_vcpu.");
        var records = KernelStructs.Of(
            BtfSource.Read(path, parsed.GetValue(_base)),
            tags,
            parsed.GetValue(_withHeld),
            Tags(parsed, _without)
        );
        var release = BtfSource.Release(path) is { } known ? $", Linux {known}" : "";
        var text = KernelStructs.Text($"BTF of {Path.GetFileName(path)}{release}", records, isPublic);
        var spec = Path.Combine(folder, FileName);
        var isThere = IsThere(spec, text);
        if (!isDry && !isThere)
            Write(terminal, folder, spec, text);
        var page = terminal.NewPage();
        if (isDry)
            page.Line(ImportPage.DryRun);
        page.Heading(spec);
        var word = isThere ? "unchanged" : ImportPage.Words(isDry).New;
        foreach (var record in records)
            page.Line($"  {word}  {record.Keyword} {record.Tag}: {record.Size} bytes, {record.Members.Count} members");
        return ExitCodes.Good;
    }

    private static string[] Tags(ParseResult parsed, Option<string?> option) =>
        (parsed.GetValue(option) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    // Of another kernel, all is elsewhere: there is nothing to bring up to date.
    private static bool IsThere(string path, string text)
    {
        try
        {
            if (!File.Exists(path))
                return false;
            return File.ReadAllText(path) == text
                ? true
                : throw new InputException(
                    $"{path}: there is such a spec already, and it is another one. Take it away, or name another folder."
                );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: the file cannot be read: {e.Message}");
        }
    }

    private static void Write(Terminal terminal, string folder, string path, string text)
    {
        try
        {
            Directory.CreateDirectory(folder);
            NewFile.WriteText(terminal, path, writer => writer.Write(text));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: the spec cannot be written: {e.Message}");
        }
    }
}
