using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using VmcsGen.Tool.Dumps;
using VmcsGen.Tool.Images;
using VmcsGen.Tool.Output;
using VmcsGen.Tool.TraceFiles;
using VmcsGen.Tool.Traces;

namespace VmcsGen.Tool.Commands;

/// <summary><c>vmcsgen decode</c>: an image or a trace in, names and words out.</summary>
internal static class DecodeCommand
{
    // Of a file that is no trace, more problems say nothing new.
    private const int MostProblems = 10;

    private const string Tracefs = "/sys/kernel/tracing";

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        var file = new Argument<string>("FILE")
        {
            Description =
                "A page with a vmcs12 or an enlightened VMCS, what KVM_GET_NESTED_STATE gave, a snapshot of VmState.Save, a kvm_run page, or a "
                + "trace with kvm_exit and kvm_entry; - is standard input. With --follow, where tracefs is mounted.",
            DefaultValueFactory = static _ => "",
        };
        var all = new Option<bool>("--all", "-a") { Description = "Show zeros too, and list every rule that cannot be decided." };
        var json = new Option<bool>("--json") { Description = "Write JSON; of a trace, an object in each line." };
        var follow = new Option<bool>("--follow", "-f")
        {
            Description = "Trace this machine's guests until Ctrl-C, in an ftrace instance of its own. It takes root.",
        };
        var formats = new Option<string?>("--formats")
        {
            Description = "With --as trace-pages: the folder 'events' of the traced kernel's tracefs, or a copy.",
            HelpName = "FOLDER",
        };
        var command = new ToolCommand(
            "decode",
            "Shows what an image holds by name and in words, and checks each VMCS in it by the rules of VM entry.\n"
                + "Exit codes: 0 an answer, 1 a rule of VM entry is broken, 2 the input cannot be used.",
            ("vmcsgen decode nested-state.bin", "What KVM_GET_NESTED_STATE gave; the content tells the kind:"),
            ("vmcsgen decode page.bin --as vmcs12 --all", "A page, with zeros:"),
            ("vmcsgen decode guest.snapshot", "A snapshot of VmState.Save:"),
            ("trace-cmd report | vmcsgen decode -", "A trace with kvm_exit and kvm_entry, also of perf script:"),
            ("vmcsgen decode trace.dat", "What trace-cmd recorded:"),
            ("sudo vmcsgen decode --follow", "As it happens:"),
            ("vmcsgen decode page.bin --layout private.vmcs.yaml", "A region whose layout is in a spec:")
        )
        {
            file,
            all,
            json,
            follow,
            formats,
        };
        var options = new ImageOptions(command);
        // Asynchronous for the token of Ctrl-C.
        command.SetAction(
            (parsed, stop) =>
            {
                var path = parsed.GetValue(file)!;
                var asJson = parsed.GetValue(json);
                if (parsed.GetValue(follow))
                    // On another thread: signals are heard once this one waits.
                    return Task.Run(() => Follow(terminal, path, asJson, stop), CancellationToken.None);
                if (path.Length == 0)
                    throw new InputException("name a FILE, or - for standard input.");
                var reader = options.Read(parsed);
                using var stream = terminal.Open(path);
                try
                {
                    var (kind, image) = reader.Recognize(path, stream);
                    return Task.FromResult(
                        kind is ImageKind.Trace or ImageKind.TraceFile or ImageKind.TracePages
                            ? Trace(terminal, path, report => Events(path, kind, image, parsed.GetValue(formats), report), asJson)
                            : Image(terminal, kind, reader.Read(path, kind, image), parsed.GetValue(all), asJson)
                    );
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    throw new InputException($"{path}: the file cannot be read: {e.Message}");
                }
            }
        );
        return command;
    }

    private static IEnumerable<TraceEvent> Events(string path, ImageKind kind, Stream file, string? formats, Action<LogProblem> report)
    {
        if (kind == ImageKind.Trace)
            return TraceReader.Read(file, report);
        try
        {
            var trace =
                kind == ImageKind.TraceFile
                    ? TraceFile.Open(file)
                    : TraceFile.OpenPages(
                        file,
                        FormatFolder.Read(formats ?? throw new InputException("say by --formats where the formats are."))
                    );
            return trace.Read(report);
        }
        catch (InputException e)
        {
            throw new InputException($"{path}: {e.Message}");
        }
    }

    private static int Follow(Terminal terminal, string tracefs, bool asJson, CancellationToken stop)
    {
        var path = tracefs.Length != 0 ? tracefs : Tracefs;
        using var live = LiveTrace.Begin(path);
        return Trace(terminal, path, report => TraceReader.Read(live.Read(stop), report), asJson, isLive: true);
    }

    private static int Image(Terminal terminal, ImageKind kind, IReadOnlyList<DecodedPart> parts, bool all, bool asJson)
    {
        if (asJson)
            terminal.WriteJson(json => ImageJson.Write(json, kind, parts));
        else
            ImagePage.Write(terminal.NewPage(), parts, all);
        return parts.Any(static part => part.Finding is { Broken.Count: > 0 }) ? ExitCodes.Found : ExitCodes.Good;
    }

    private static int Trace(
        Terminal terminal,
        string path,
        Func<Action<LogProblem>, IEnumerable<TraceEvent>> read,
        bool asJson,
        bool isLive = false
    )
    {
        var page = terminal.NewPage();
        var counts = new Dictionary<string, long>();
        var problems = 0;
        var any = false;
        foreach (var one in read(Report))
        {
            any = true;
            if (asJson)
                terminal.WriteJsonLine(json => TraceText.Write(json, one));
            else
                page.Line(TraceText.Line(one));
            if (isLive)
                terminal.Output.Flush();
            if (!one.IsEntry)
                counts[one.ReasonText] = counts.GetValueOrDefault(one.ReasonText) + 1;
        }
        if (!any && !isLive)
            throw new InputException($"{path}: there is no {string.Join(" and no ", TraceReader.Points)} in it.");
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
