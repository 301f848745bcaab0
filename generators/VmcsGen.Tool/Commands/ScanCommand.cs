using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using VmcsGen.Tool.Findings;
using VmcsGen.Tool.Machine;
using VmcsGen.Tool.Output;
using VmcsGen.Tool.Regions;
using VmcsGen.Tool.Scanning;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.Commands;

/// <summary><c>vmcsgen scan</c>: finds VMCS regions in images of memory.</summary>
internal static class ScanCommand
{
    // Memory of a machine has fewer; what has more is made of copies.
    private const int MostRegions = 10_000;

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        var images = new Argument<string[]>("IMAGE")
        {
            Description = "Images of memory, raw or ELF cores, of any size; - is standard input.",
            Arity = ArgumentArity.OneOrMore,
        };
        var layouts = new Option<string[]>("--layout", "-l")
        {
            Description = "A spec with a layout (kind: layouts) to look for, besides vmcs12 and the enlightened VMCS.",
            HelpName = "FILE[:NAME]",
        };
        var capabilities = new Option<string?>("--capabilities", "-c")
        {
            Description = "What 'vmcsgen host --json' wrote on the machine of the image.",
            HelpName = "FILE",
        };
        var json = new Option<bool>("--json") { Description = "Write JSON." };
        var command = new ToolCommand(
            "scan",
            "Finds VMCS regions in images of memory, the most likely first: vmcs12 of KVM, enlightened VMCSs, and layouts of specs.\n"
                + "Exit codes: 0 there are regions, 1 there are none, 2 the input cannot be used, 130 interrupted.",
            ("vmcsgen scan guest.core", "In a core or a raw image:"),
            ("zstdcat guest.zst | vmcsgen scan -", "In a compressed one:"),
            ("vmcsgen scan guest.core --layout private.vmcs.yaml", "With the layout of a processor or hypervisor, from a spec:")
        )
        {
            images,
            layouts,
            capabilities,
            json,
        };
        command.SetAction(
            (parsed, cancellation) =>
                Task.FromResult(
                    Run(
                        terminal,
                        parsed.GetValue(images)!,
                        parsed.GetValue(layouts) ?? [],
                        parsed.GetValue(capabilities),
                        parsed.GetValue(json),
                        cancellation
                    )
                )
        );
        return command;
    }

    private static int Run(
        Terminal terminal,
        string[] images,
        string[] layouts,
        string? capabilities,
        bool asJson,
        CancellationToken cancellation
    )
    {
        var machine = capabilities is null ? null : MachineJson.Read(capabilities);
        RegionLayout[] all =
        [
            RegionLayout.Vmcs12,
            RegionLayout.Enlightened,
            .. layouts.SelectMany(static text => SpecLayouts.Find(text, severalAreGood: true)),
        ];
        var scanner = new RegionScanner([.. all.Select(static layout => new RegionSigns(layout))], machine);
        var found = new List<FoundRegion>();
        var total = images.Sum(static image => new FileInfo(image) is { Exists: true, Length: var length } ? length : 0);
        var (done, left) = (0L, 0L);
        using (var progress = new Progress(terminal, total == 0 ? null : total))
        {
            foreach (var image in images)
            {
                var read = 0L;
                foreach (var region in Scan(terminal, scanner, image, Report, cancellation))
                {
                    if (found.Count < MostRegions)
                        found.Add(region);
                    else
                        left++;
                }
                done += read;

                void Report(long bytes) => progress.Report(done + (read = bytes));
            }
            Write(terminal, Ranked(found), done, left, progress, asJson);
        }
        return cancellation.IsCancellationRequested ? ExitCodes.Interrupted
            : found.Count == 0 ? ExitCodes.Found
            : ExitCodes.Good;
    }

    private static IEnumerable<FoundRegion> Scan(
        Terminal terminal,
        RegionScanner scanner,
        string image,
        Action<long> report,
        CancellationToken cancellation
    )
    {
        using var stream = terminal.Open(image);
        using var regions = scanner.Scan(image, stream, report, cancellation).GetEnumerator();
        while (true)
        {
            try
            {
                if (!regions.MoveNext())
                    yield break;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new InputException($"{image}: the file cannot be read: {e.Message}");
            }
            yield return regions.Current;
        }
    }

    private static FoundRegion[] Ranked(List<FoundRegion> found) =>
        [
            .. found
                .OrderByDescending(static one => one.Rank)
                .ThenBy(static one => one.Image, StringComparer.Ordinal)
                .ThenBy(static one => one.Offset),
        ];

    private static void Write(Terminal terminal, FoundRegion[] found, long bytes, long left, Progress progress, bool asJson)
    {
        if (asJson)
        {
            terminal.WriteJson(json => Write(json, found, bytes, left));
            return;
        }
        var page = terminal.NewPage();
        var more = left == 0 ? "" : $", and {left} more that are not listed";
        page.Heading(
            $"{found.Length} VMCS regions{more}, in {bytes} bytes ({progress.Elapsed.TotalSeconds:F1} s, {progress.Speed(bytes)})"
        );
        foreach (var one in found)
        {
            page.Line(
                $"  {one.Image}, byte 0x{one.Offset:X}: {one.Layout.Name}, rank {one.Rank:F2} ({one.Found} of {one.Signs.Count} signs, "
                    + $"{one.Held} of {one.Decided} decided rules hold)"
            );
            foreach (var (name, words) in ExitWords.Of(one.Finding.Record.Fields).Take(1))
                page.Line($"      {name}: {words}");
            if (one.Finding.Record.Fields.TryGetValue(VmcsField.GuestRip, out var rip))
                page.Line($"      GuestRip: 0x{rip:X}");
            if (one.Finding.Broken.Count != 0)
                page.Line($"      broken: {string.Join(", ", one.Finding.Broken.Select(static violation => violation.Rule.Name))}");
        }
    }

    private static void Write(Utf8JsonWriter json, FoundRegion[] found, long bytes, long left)
    {
        json.WriteStartObject();
        json.WriteNumber("bytes", bytes);
        json.WriteNumber("notListed", left);
        json.WriteStartArray("regions");
        foreach (var one in found)
        {
            json.WriteStartObject();
            json.WriteString("image", one.Image);
            json.WriteNumber("byte", one.Offset);
            json.WriteString("layout", one.Layout.Name);
            json.WriteNumber("rank", Math.Round(one.Rank, 4));
            json.WriteNumber("signs", one.Found);
            json.WriteNumber("possibleSigns", one.Signs.Count);
            json.WriteNumber("rulesThatHold", one.Held);
            json.WriteNumber("rulesDecided", one.Decided);
            FindingJson.Write(json, one.Finding);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
