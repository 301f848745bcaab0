using System.CommandLine;
using System.Linq;
using VmcsGen.Tool.Machine;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.Commands;

/// <summary><c>vmcsgen host</c>: what this machine offers.</summary>
internal static class HostCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        var json = new Option<bool>("--json") { Description = "Write JSON, for 'vmcsgen why --capabilities' as well." };
        var command = new ToolCommand(
            "host",
            "Shows what KVM, CPUID and VMX of this machine offer, and says what is missing and why.",
            ("vmcsgen host", "As text:"),
            ("vmcsgen host --json", "For 'vmcsgen why --capabilities', on the machine that the log is of:")
        )
        {
            json,
        };
        command.SetAction(parsed =>
        {
            var facts = ThisMachine.Ask();
            if (parsed.GetValue(json))
                terminal.WriteJson(writer => MachineJson.Write(writer, facts));
            else
                Write(terminal, facts);
            return ExitCodes.Good;
        });
        return command;
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
