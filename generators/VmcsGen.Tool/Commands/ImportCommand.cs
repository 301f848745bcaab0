using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using VmcsGen.Tool.Comparison;
using VmcsGen.Tool.Headers;
using VmcsGen.Tool.Import;
using VmcsGen.Tool.Output;
using VmcsGen.Tool.SpecTexts;

namespace VmcsGen.Tool.Commands;

/// <summary><c>vmcsgen import</c>: specs from headers.</summary>
internal static class ImportCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        var headers = new HeaderOptions();
        var btf = new BtfOptions();
        var into = new Option<string>("--into", "-o")
        {
            Description = "The folder of the specs. What is there is brought up to the headers; what no spec there is of gets new ones.",
            HelpName = "FOLDER",
            Required = true,
        };
        var isPublic = new Option<bool>("--public") { Description = "Types of new specs are public." };
        var isDry = new Option<bool>("--dry-run", "-n") { Description = "Write nothing, and tell what would be written." };
        var command = new ToolCommand(
            "import",
            "Takes structs, constants and ioctls of C headers, or structs of a kernel, into specs, and leaves what is there as it stands.\n"
                + "Exit codes: 0 the specs have all, 1 something is left to be done by hand, 2 headers or specs cannot be used.",
            ("vmcsgen import linux/vfio.h --into vfio", "Specs of an interface of Linux:"),
            (
                "vmcsgen import linux/kvm.h asm/kvm.h --into spec/kvm --define PAGE_SIZE=4096 --define SZ_64K=65536 --dry-run",
                "What a kernel has added to KVM's:"
            ),
            (
                "vmcsgen import --btf /sys/kernel/btf/vmlinux --types kvm,kvm_vcpu --into kernel",
                "Structs that the running kernel keeps to itself:"
            )
        );
        headers.AddTo(command);
        btf.AddTo(command);
        command.Options.Add(into);
        command.Options.Add(isPublic);
        command.Options.Add(isDry);
        command.SetAction(parsed =>
        {
            var folder = parsed.GetValue(into)!;
            if (btf.Has(parsed))
                return headers.Has(parsed)
                    ? throw new InputException("headers and --btf are two imports: name one of them.")
                    : btf.Run(parsed, terminal, folder, parsed.GetValue(isPublic), parsed.GetValue(isDry));
            var (set, target) = headers.Of(parsed);
            var header = HeaderReader.Read(set, target);
            var exists = Directory.Exists(folder);
            var before = exists ? SpecSet.Read(folder, target.Architecture) : new SpecSet([], target.Architecture);
            var leftOut = exists ? LeftOut.Of(folder, target.Architecture) : new LeftOut("");
            var result = Importer.Run(
                header,
                set,
                target,
                before,
                leftOut,
                new NewFiles(folder, parsed.GetValue(isPublic), target.Architecture)
            );
            if (!parsed.GetValue(isDry))
                Write(terminal, folder, before, result.Specs);
            ImportPage.Write(terminal.NewPage(), header, result, parsed.GetValue(isDry));
            return result.Findings.Any(static finding => finding.IsDifference) ? ExitCodes.Found : ExitCodes.Good;
        });
        return command;
    }

    private static void Write(Terminal terminal, string folder, SpecSet before, SpecSet after)
    {
        var old = before.Files.ToDictionary(static file => file.Path, static file => file.Text);
        try
        {
            Directory.CreateDirectory(folder);
            foreach (var file in after.Files.Where(file => old.GetValueOrDefault(file.Path) != file.Text))
                NewFile.WriteText(terminal, file.Path, writer => writer.Write(file.Text));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{folder}: the specs cannot be written: {e.Message}");
        }
    }
}
