using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using System.Text.Json;
using VmcsGen.Tool.Images;
using VmcsGen.Tool.Machine;
using VmcsGen.Tool.Output;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.Commands;

/// <summary><c>vmcsgen host</c>: what a machine offers, and what stands against moving a guest to another.</summary>
internal static class HostCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        var json = new Option<bool>("--json") { Description = "Write JSON, for 'vmcsgen why --capabilities' as well." };
        var compare = new Option<string?>("--compare")
        {
            Description = "What 'vmcsgen host --json' wrote on another machine: tell what stands against moving guests there.",
            HelpName = "FILE",
        };
        var from = new Option<string?>("--from")
        {
            Description = "Take a machine from a file of 'vmcsgen host --json' instead of this one.",
            HelpName = "FILE",
        };
        var snapshot = new Option<string?>("--snapshot")
        {
            Description = "A snapshot of VmState.Save: tell what stands against restoring it on the machine.",
            HelpName = "FILE",
        };
        var command = new ToolCommand(
            "host",
            "Shows what KVM, CPUID and VMX of this machine offer, and says what is missing and why.\n"
                + "Exit codes: 0 an answer, 1 something stands against moving (--compare, --snapshot), 2 a file cannot be used.",
            ("vmcsgen host", "As text:"),
            ("vmcsgen host --json", "For 'vmcsgen why --capabilities', on the machine that the log is of:"),
            ("vmcsgen host --compare other.json", "Could guests move from here to the other machine?"),
            ("vmcsgen host --snapshot guest.snapshot --from other.json", "Could the snapshot be restored there?")
        )
        {
            json,
            compare,
            from,
            snapshot,
        };
        command.SetAction(parsed =>
        {
            var machine = parsed.GetValue(from) is { } path ? MachineJson.Read(path) : ThisMachine.Ask();
            var asJson = parsed.GetValue(json);
            if (parsed.GetValue(snapshot) is { } image)
                return Compare(terminal, Snapshot(terminal, image), machine, asJson);
            if (parsed.GetValue(compare) is { } other)
                return Compare(terminal, machine, MachineJson.Read(other), asJson);
            if (asJson)
                terminal.WriteJson(writer => MachineJson.Write(writer, machine));
            else
                Write(terminal, machine);
            return ExitCodes.Good;
        });
        return command;
    }

    private static MachineFacts Snapshot(Terminal terminal, string path)
    {
        using var stream = terminal.Open(path);
        try
        {
            return SnapshotImage.MachineOf(stream);
        }
        catch (InputException e)
        {
            throw new InputException($"{path}: {e.Message}");
        }
    }

    private static int Compare(Terminal terminal, MachineFacts here, MachineFacts there, bool asJson)
    {
        var obstacles = MachineComparison.Find(here, there);
        var unknown = MachineComparison.Unknown(here, there).ToArray();
        if (asJson)
            terminal.WriteJson(json => Write(json, obstacles, unknown));
        else
            Write(terminal.NewPage(), obstacles, unknown);
        return obstacles.Count == 0 ? ExitCodes.Good : ExitCodes.Found;
    }

    private static void Write(Page page, IReadOnlyList<MoveObstacle> obstacles, string[] unknown)
    {
        foreach (var kind in obstacles.GroupBy(static one => one.Kind))
        {
            page.Alarm($"{kind.Key}: {kind.Count()} in which the other machine has less, or something else");
            page.Rows(kind.Select(static one => new[] { one.Name, $"{one.Here} here", $"{one.There} there" }));
            foreach (var consequence in kind.Select(static one => one.Consequence).Distinct())
                page.Line($"  {consequence}");
        }
        if (obstacles.Count == 0)
            page.Line("Nothing that both tell stands against moving.");
        if (unknown.Length != 0)
            page.Line($"Not compared, because one of the two does not tell it: {string.Join(", ", unknown)}.");
    }

    private static void Write(Utf8JsonWriter json, IReadOnlyList<MoveObstacle> obstacles, string[] unknown)
    {
        json.WriteStartObject();
        json.WriteStartArray("obstacles");
        foreach (var one in obstacles)
        {
            json.WriteStartObject();
            json.WriteString("kind", one.Kind);
            json.WriteString("name", one.Name);
            json.WriteString("here", one.Here);
            json.WriteString("there", one.There);
            json.WriteString("consequence", one.Consequence);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("notCompared");
        foreach (var one in unknown)
            json.WriteStringValue(one);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Terminal terminal, MachineFacts facts)
    {
        var page = terminal.NewPage();
        if (facts.KvmApiVersion is { } version)
        {
            page.Heading($"KVM interface {version}, {facts.KvmCapabilities.Count} capabilities");
            page.Rows(facts.KvmCapabilities.Select(static one => new[] { one.Key, $"{one.Value}" }));
        }
        if (facts.Cpuid is { } cpuid)
        {
            page.Heading($"CPUID of {cpuid.Vendor}, {cpuid.BrandString.Trim()}");
            page.Line($"  physical addresses of {facts.PhysicalAddressWidth} bits, linear addresses of {facts.LinearAddressWidth} bits");
            page.Line($"  {string.Join(", ", facts.Features)}");
        }
        if (facts.Msrs is { } msrs)
        {
            page.Heading("VMX capability MSRs that KVM offers to nested hypervisors");
            page.Rows(
                msrs.OrderBy(static one => one.Key).Select(static one => new[] { VmxMsrNames.Describe(one.Key), $"0x{one.Value:X16}" })
            );
        }
        if (facts.Missing.Count != 0)
            page.Heading("Missing");
        foreach (var missing in facts.Missing)
            page.Line($"  {missing}");
    }
}
