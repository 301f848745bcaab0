using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using VmcsGen.Tool.Dumps;
using VmcsGen.Tool.Images;
using VmcsGen.Tool.Output;
using VmcsGen.Tool.Traces;

namespace VmcsGen.Tool.Commands;

/// <summary><c>vmcsgen decode</c>: an image or a trace in, names and words out.</summary>
internal static class DecodeCommand
{
    // Of a file that is no trace, more problems say nothing new.
    private const int MostProblems = 10;

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        var file = new Argument<string>("FILE")
        {
            Description =
                "A page with a vmcs12 or an enlightened VMCS, what KVM_GET_NESTED_STATE gave, a snapshot of VmState.Save, a kvm_run page, or a "
                + "trace with kvm_exit and kvm_entry; - is standard input.",
        };
        var all = new Option<bool>("--all", "-a") { Description = "Show zeros too, and list every rule that cannot be decided." };
        var json = new Option<bool>("--json") { Description = "Write JSON; of a trace, an object in each line." };
        var command = new ToolCommand(
            "decode",
            "Shows what an image holds by name and in words, and checks each VMCS in it by the rules of VM entry.\n"
                + "Exit codes: 0 an answer, 1 a rule of VM entry is broken, 2 the input cannot be used.",
            ("vmcsgen decode nested-state.bin", "What KVM_GET_NESTED_STATE gave; the content tells the kind:"),
            ("vmcsgen decode page.bin --as vmcs12 --all", "A page, with zeros:"),
            ("vmcsgen decode guest.snapshot", "A snapshot of VmState.Save:"),
            ("trace-cmd report | vmcsgen decode -", "A trace with kvm_exit and kvm_entry, also of perf script:"),
            ("cat /sys/kernel/tracing/trace_pipe | vmcsgen decode - --as trace", "As it happens:"),
            ("vmcsgen decode page.bin --layout private.vmcs.yaml", "A region whose layout is in a spec:")
        )
        {
            file,
            all,
            json,
        };
        var options = new ImageOptions(command);
        command.SetAction(parsed =>
        {
            var path = parsed.GetValue(file)!;
            var reader = options.Read(parsed);
            using var stream = terminal.Open(path);
            try
            {
                var (kind, image) = reader.Recognize(path, stream);
                return kind == ImageKind.Trace
                    ? Trace(terminal, path, image, parsed.GetValue(json))
                    : Image(terminal, kind, reader.Read(path, kind, image), parsed.GetValue(all), parsed.GetValue(json));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new InputException($"{path}: the file cannot be read: {e.Message}");
            }
        });
        return command;
    }

    private static int Image(Terminal terminal, ImageKind kind, IReadOnlyList<DecodedPart> parts, bool all, bool asJson)
    {
        if (asJson)
            terminal.WriteJson(json => ImageJson.Write(json, kind, parts));
        else
            ImagePage.Write(terminal.NewPage(), parts, all);
        return parts.Any(static part => part.Finding is { Broken.Count: > 0 }) ? ExitCodes.Found : ExitCodes.Good;
    }

    private static int Trace(Terminal terminal, string path, Stream trace, bool asJson)
    {
        var page = terminal.NewPage();
        var counts = new Dictionary<string, long>();
        var problems = 0;
        var any = false;
        foreach (var one in TraceReader.Read(trace, Report))
        {
            any = true;
            if (asJson)
                terminal.WriteJsonLine(json => TraceText.Write(json, one));
            else
                page.Line(TraceText.Line(one));
            if (!one.IsEntry)
                counts[one.ReasonText] = counts.GetValueOrDefault(one.ReasonText) + 1;
        }
        if (!any)
            throw new InputException($"{path}: there is no line with kvm_exit, kvm_entry or kvm_nested_vmexit.");
        if (!asJson && counts.Count != 0)
        {
            page.Line();
            page.Heading("VM exits by reason");
            page.Rows(TraceText.Summary(counts));
        }
        return ExitCodes.Good;

        void Report(LogProblem problem)
        {
            if (problems++ < MostProblems)
                terminal.Error.WriteLine($"vmcsgen: {path}: {problem}");
        }
    }
}
