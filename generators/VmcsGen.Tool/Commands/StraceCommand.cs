using System;
using System.CommandLine;
using System.IO;
using System.Linq;
using VmcsGen.Tool.Dumps;
using VmcsGen.Tool.Facts;
using VmcsGen.Tool.Strace;

namespace VmcsGen.Tool.Commands;

/// <summary><c>vmcsgen strace</c>: KVM's ioctls in what strace prints, and why some failed.</summary>
internal static class StraceCommand
{
    // Of a file that is no text, more problems say nothing new.
    private const int MostProblems = 10;

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        var file = new Argument<string>("FILE") { Description = "What strace printed; - is standard input." };
        var failed = new Option<bool>("--failed") { Description = "Show only calls that failed." };
        var json = new Option<bool>("--json") { Description = "Write JSON, an object in each line." };
        var command = new ToolCommand(
            "strace",
            "Shows KVM's ioctls in what strace printed, by name, and of those that failed what the error means.\n"
                + "Exit codes: 0 an answer, 1 there is no such ioctl, 2 the input cannot be used.",
            ("vmcsgen strace strace.txt", "All of them:"),
            ("strace -f -e ioctl ./vmm 2>&1 | vmcsgen strace - --failed", "As it happens, those that failed:")
        )
        {
            file,
            failed,
            json,
        };
        command.SetAction(parsed =>
        {
            var path = parsed.GetValue(file)!;
            using var stream = terminal.Open(path);
            try
            {
                return Run(terminal, path, stream, parsed.GetValue(failed), parsed.GetValue(json));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new InputException($"{path}: the file cannot be read: {e.Message}");
            }
        });
        return command;
    }

    private static int Run(Terminal terminal, string path, Stream stream, bool failedOnly, bool asJson)
    {
        var facts = IoctlFacts
            .All.GroupBy(static fact => fact.Number!.Value)
            .ToDictionary(static one => (uint)one.Key, static one => one.First());
        var reader = new StraceReader(facts.ToDictionary(static fact => fact.Value.Name, static fact => fact.Key));
        var page = terminal.NewPage();
        var problems = 0;
        var any = false;
        foreach (var call in reader.Read(stream, Report))
        {
            if (!facts.TryGetValue(call.Request, out var fact) || (failedOnly && call.Error.Length == 0))
                continue;
            any = true;
            var meaning = call.Error.Length == 0 ? null : IoctlFacts.MeaningOf(call.Request, call.Error);
            if (asJson)
            {
                terminal.WriteJsonLine(json =>
                {
                    json.WriteStartObject();
                    json.WriteNumber("line", call.Line);
                    json.WriteString("ioctl", fact.Name);
                    json.WriteString("request", $"0x{call.Request:X8}");
                    json.WriteString("descriptor", call.Descriptor);
                    json.WriteString("argument", call.Argument);
                    json.WriteString("result", call.Result);
                    json.WriteString("error", call.Error);
                    json.WriteString("meaning", meaning);
                    json.WriteEndObject();
                });
                continue;
            }
            var outcome = call.Error.Length == 0 ? call.Result : $"{call.Result} {call.Error}";
            page.Line($"line {call.Line}: {fact.Name} (0x{call.Request:X8}) on {call.Descriptor} = {outcome}");
            if (meaning is not null)
                page.Alarm($"    {call.Error}: {meaning}");
        }
        if (!any)
        {
            terminal.Error.WriteLine($"vmcsgen: {path}: there is no {(failedOnly ? "ioctl of KVM that failed" : "ioctl of KVM")}.");
            return ExitCodes.Found;
        }
        return ExitCodes.Good;

        void Report(LogProblem problem)
        {
            if (problems++ < MostProblems)
                terminal.Error.WriteLine($"vmcsgen: {path}: {problem}");
        }
    }
}
