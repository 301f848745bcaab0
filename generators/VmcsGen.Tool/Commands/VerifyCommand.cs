using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using VmcsGen.Generators.Model;
using VmcsGen.Tool.Btf;
using VmcsGen.Tool.Clang;
using VmcsGen.Tool.Comparison;
using VmcsGen.Tool.Headers;
using VmcsGen.Tool.Output;
using VmcsGen.Tool.SpecTexts;

namespace VmcsGen.Tool.Commands;

/// <summary><c>vmcsgen verify</c>: specs against headers.</summary>
internal static class VerifyCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        var headers = new HeaderOptions();
        var specs = new Option<string>("--specs", "-s")
        {
            Description = "The folder of the specs; a file left-out.txt there names what they leave out on purpose.",
            HelpName = "FOLDER",
            Required = true,
        };
        var running = new Option<bool>("--running")
        {
            Description = "Instead of headers: the structs of the running kernel, by its BTF (/sys/kernel/btf).",
        };
        var json = new Option<bool>("--json") { Description = "Write JSON." };
        var sarif = new Option<string?>("--sarif")
        {
            Description = "Write SARIF 2.1.0 into a file, for tools that show findings at lines of specs.",
            HelpName = "FILE",
        };
        var command = new ToolCommand(
            "verify",
            "Compares specs with C headers, as a compiler reads both, or with the running kernel.\n"
                + "Exit codes: 0 they agree, 1 they do not, 2 headers or specs cannot be used.",
            ("vmcsgen verify linux/kvm.h asm/kvm.h --specs spec/kvm --define PAGE_SIZE=4096 --define SZ_64K=65536", "KVM's interface:"),
            ("vmcsgen verify linux/kvm.h asm/kvm.h --specs spec/kvm -D PAGE_SIZE=4096 -D SZ_64K=65536 --sarif kvm.sarif", "In a build:"),
            ("vmcsgen verify --running --specs spec/kvm", "Structs as the running kernel was compiled with them:")
        );
        headers.AddTo(command);
        command.Options.Add(specs);
        command.Options.Add(running);
        command.Options.Add(json);
        command.Options.Add(sarif);
        command.SetAction(parsed =>
        {
            var folder = parsed.GetValue(specs)!;
            var isRunning = parsed.GetValue(running);
            if (isRunning && headers.Has(parsed))
                throw new InputException("headers and --running are two comparisons: name one of them.");
            var (header, findings) = isRunning ? WithRunningKernel(folder) : WithHeaders(headers.Of(parsed), folder);
            if (parsed.GetValue(sarif) is { } path)
                NewFile.WriteText(
                    terminal,
                    path,
                    writer => writer.Write(Terminal.Json(json => SpecFindingSarif.Write(json, findings)) + "\n")
                );
            if (parsed.GetValue(json))
                terminal.WriteJson(writer => SpecFindingJson.Write(writer, header, findings));
            else
                SpecFindingPage.Write(terminal.NewPage(), header, findings, isRunning ? "kernel" : "headers");
            return findings.Any(static finding => finding.IsDifference) ? ExitCodes.Found : ExitCodes.Good;
        });
        return command;
    }

    private static (CInterface Header, IReadOnlyList<SpecFinding> Findings) WithHeaders(
        (HeaderSet Headers, ClangTarget Target) headers,
        string folder
    )
    {
        var header = HeaderReader.Read(headers.Headers, headers.Target);
        var meaning = SpecAsC.Read(SpecSet.Read(folder, headers.Target.Architecture), headers.Headers, headers.Target);
        return (header, SpecComparison.Compare(header, headers.Headers, meaning, LeftOut.Of(folder, headers.Target.Architecture)));
    }

    private static (CInterface Header, IReadOnlyList<SpecFinding> Findings) WithRunningKernel(string folder)
    {
        var meaning = SpecAsC.ReadStructs(SpecSet.Read(folder, Architecture.X64), new(ClangTarget.X64, [], []));
        meaning = meaning with
        {
            Records = meaning.Records.ToDictionary(static one => one.Key, static one => KernelInterface.AsInBtf(one.Value)),
        };
        var kernel = KernelInterface.OfRunning(meaning.Records);
        return (kernel, SpecComparison.Compare(kernel, new([]), meaning, LeftOut.Of(folder, Architecture.X64)));
    }
}
