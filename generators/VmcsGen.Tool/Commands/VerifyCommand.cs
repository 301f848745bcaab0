using System.CommandLine;
using System.Linq;
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
        var json = new Option<bool>("--json") { Description = "Write JSON." };
        var sarif = new Option<string?>("--sarif")
        {
            Description = "Write SARIF 2.1.0 into a file, for tools that show findings at lines of specs.",
            HelpName = "FILE",
        };
        var command = new ToolCommand(
            "verify",
            "Compares specs with C headers, as a compiler reads both.\n"
                + "Exit codes: 0 they agree, 1 they do not, 2 headers or specs cannot be used.",
            ("vmcsgen verify linux/kvm.h asm/kvm.h --specs spec/kvm --define PAGE_SIZE=4096 --define SZ_64K=65536", "KVM's interface:"),
            ("vmcsgen verify linux/kvm.h asm/kvm.h --specs spec/kvm -D PAGE_SIZE=4096 -D SZ_64K=65536 --sarif kvm.sarif", "In a build:")
        );
        headers.AddTo(command);
        command.Options.Add(specs);
        command.Options.Add(json);
        command.Options.Add(sarif);
        command.SetAction(parsed =>
        {
            var (set, target) = headers.Of(parsed);
            var folder = parsed.GetValue(specs)!;
            var header = HeaderReader.Read(set, target);
            var findings = SpecComparison.Compare(header, set, SpecAsC.Read(SpecSet.Read(folder), set, target), LeftOut.Of(folder));
            if (parsed.GetValue(sarif) is { } path)
                NewFile.WriteText(
                    terminal,
                    path,
                    writer => writer.Write(Terminal.Json(json => SpecFindingSarif.Write(json, findings)) + "\n")
                );
            if (parsed.GetValue(json))
                terminal.WriteJson(writer => SpecFindingJson.Write(writer, header, findings));
            else
                SpecFindingPage.Write(terminal.NewPage(), header, findings);
            return findings.Any(static finding => finding.IsDifference) ? ExitCodes.Found : ExitCodes.Good;
        });
        return command;
    }
}
