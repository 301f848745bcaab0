using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using VmcsGen.Generators.Model;
using VmcsGen.Tool.Facts;

namespace VmcsGen.Tool.Commands;

/// <summary>
/// <c>vmcsgen field|control|exit|msr|rule|ioctl|capability</c> and <c>search</c>: what the specs know of a name or number.
/// </summary>
internal static class LookUpCommands
{
    // Beyond that a reader takes none of the suggestions.
    private const int MostSuggestions = 8;

    private static readonly (string Kind, string Article, Func<IEnumerable<Fact>> All, (string, string)[] Examples)[] s_kinds =
    [
        (
            "field",
            "a VMCS field: encoding, place in layouts, condition and rules",
            static () => FieldFacts.All,
            [("vmcsgen field GUEST_RIP", "By the kernel's name:"), ("vmcsgen field 0x681E", "By its encoding:")]
        ),
        (
            "control",
            "a bit of VMX's control words: place, the MSR that allows it, and the fields that need it",
            static () => ControlFacts.All,
            [("vmcsgen control EnableEpt", "A bit:"), ("vmcsgen control CPU_BASED_HLT_EXITING", "By the kernel's name:")]
        ),
        (
            "exit",
            "an exit reason of VMX, SVM or KVM_RUN: meaning, and what comes with it",
            static () => ExitFacts.All,
            [
                ("vmcsgen exit 48", "By its number:"),
                ("vmcsgen exit 0x80000021", "With the bit that says that VM entry failed:"),
                ("vmcsgen exit 0x400", "Of AMD's SVM:"),
                ("vmcsgen exit KVM_EXIT_MMIO", "Why KVM_RUN returned:"),
                ("vmcsgen exit MSR_WRITE", "By the name that a trace has:"),
            ]
        ),
        (
            "msr",
            "a model-specific register",
            static () => MsrFacts.All,
            [("vmcsgen msr 0x480", "By its index:"), ("vmcsgen msr MSR_EFER", "By the kernel's name:")]
        ),
        (
            "rule",
            "a rule of VM entry: source, and how a processor reports it",
            static () => RuleFacts.All,
            [("vmcsgen rule GuestRflagsFixedBit", "A rule:")]
        ),
        (
            "ioctl",
            "an ioctl of KVM: number taken apart, struct, errors, and the methods that make it",
            static () => IoctlFacts.All,
            [
                ("vmcsgen ioctl 0xAE80", "A number of strace:"),
                ("vmcsgen ioctl KVM_GET_REGS", "By its name:"),
                ("vmcsgen ioctl KVM_SET_GUEST_DEBUG --arch arm64", "Of another machine:"),
            ]
        ),
        (
            "capability",
            "a capability of KVM: meaning, and the ioctls that it announces",
            static () => CapabilityFacts.All,
            [("vmcsgen capability KVM_CAP_DIRTY_LOG_RING", "By the kernel's name:"), ("vmcsgen capability 192", "By its number:")]
        ),
    ];

    /// <summary>The commands.</summary>
    public static IEnumerable<Command> Create(Terminal terminal)
    {
        foreach (var (kind, article, all, examples) in s_kinds)
            yield return LookUp(terminal, kind, article, all, examples);
        yield return Search(terminal);
    }

    private static ToolCommand LookUp(
        Terminal terminal,
        string kind,
        string article,
        Func<IEnumerable<Fact>> all,
        (string, string)[] examples
    )
    {
        var name = new Argument<string>("NAME|NUMBER")
        {
            HelpName = "NAME|NUMBER",
            Description = "A name, here or in the kernel or manual, or a number: 48, 0x30 or 30h.",
        };
        name.CompletionSources.Add(_ => all().Select(static fact => new System.CommandLine.Completions.CompletionItem(fact.Name)));
        var machine = new Option<string>("--arch")
        {
            Description = $"The machine: {string.Join(", ", Architecture.All.Select(static one => one.Name))}.",
            HelpName = "NAME",
            DefaultValueFactory = static _ => Architecture.X64.Name,
        };
        var json = Json();
        var command = new ToolCommand(kind, $"Shows {article}.", examples) { name, json };
        if (kind == "ioctl")
            command.Options.Add(machine);
        command.SetAction(parsed =>
        {
            var asked = parsed.GetValue(name)!;
            var known = kind == "ioctl" ? IoctlsOf(parsed.GetValue(machine)!) : all();
            var facts = known.Where(fact => fact.Is(asked)).ToArray();
            if (facts.Length == 0)
            {
                var near = known.Where(fact => fact.IsNear(asked)).Take(MostSuggestions).Select(static fact => fact.Name).ToArray();
                terminal.Error.WriteLine(
                    $"vmcsgen: there is no {kind} '{asked}'."
                        + (near.Length == 0 ? $" 'vmcsgen search TEXT' finds parts of names." : $" Near it: {string.Join(", ", near)}.")
                );
                return ExitCodes.Found;
            }
            if (parsed.GetValue(json))
            {
                terminal.WriteJson(writer => FactJson.Write(writer, facts));
                return ExitCodes.Good;
            }
            var page = terminal.NewPage();
            var groups = facts.Select(static fact => fact.Group).OfType<string>().Distinct().ToArray();
            if (groups.Length > 1)
                page.Line($"'{asked}' can be one of several; where it stands says which. {string.Join("; ", groups.Select(MetIn))}.");
            foreach (var fact in facts)
            {
                page.Heading(
                    fact.NativeName is { } native && native != fact.Name
                        ? $"{fact.Name} ({native}): {fact.Summary}"
                        : $"{fact.Name}: {fact.Summary}"
                );
                page.Rows(fact.Details.Select(static detail => new[] { detail.Subject, detail.Text }));
                page.Rows(fact.Table());
            }
            return ExitCodes.Good;
        });
        return command;
    }

    private static string MetIn(string group) =>
        group switch
        {
            ExitFacts.Vmx => "In a VMCS, or in kvm_exit on Intel: VMX's",
            SvmExitFacts.Svm => "in a VMCB, or in kvm_exit on AMD: SVM's",
            ExitFacts.Kvm => "in struct kvm_run, or in kvm_userspace_exit: KVM's",
            _ => group,
        };

    private static Option<bool> Json() => new("--json") { Description = "Write JSON." };

    private static IEnumerable<Fact> IoctlsOf(string machine) =>
        Architecture.Find(machine) is not { } architecture
            ? throw new InputException(
                $"'{machine}' is no machine that there are specs of: {string.Join(", ", Architecture.All.Select(static one => one.Name))}."
            )
        : architecture.IsX64 ? IoctlFacts.All
        : [.. IoctlFacts.On(architecture)];

    private static ToolCommand Search(Terminal terminal)
    {
        var text = new Argument<string>("TEXT") { Description = "A part of a name or description, or a number." };
        var json = Json();
        var command = new ToolCommand(
            "search",
            "Finds fields, controls, exit reasons, MSRs, rules, ioctls and capabilities by a part of their names, descriptions or sources.",
            ("vmcsgen search dirty", "All that has to do with dirty pages:"),
            ("vmcsgen search 0x681E", "Whatever has this number:")
        )
        {
            text,
            json,
        };
        command.SetAction(parsed =>
        {
            var asked = parsed.GetValue(text)!;
            var found = s_kinds.SelectMany(static kind => kind.All()).Where(fact => fact.Contains(asked)).ToArray();
            if (found.Length == 0)
            {
                terminal.Error.WriteLine($"vmcsgen: '{asked}' occurs in no name, description or source.");
                return ExitCodes.Found;
            }
            if (parsed.GetValue(json))
                terminal.WriteJson(writer => FactJson.Write(writer, found));
            else
                terminal
                    .NewPage()
                    .Rows(found.Select(static fact => new[] { fact.Kind, fact.Name, fact.NativeName ?? "", fact.Summary }), "");
            return ExitCodes.Good;
        });
        return command;
    }
}
