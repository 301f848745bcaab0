using System.Collections.Generic;
using System.Linq;
using VmcsGen.Tool.Emission;
using VmcsGen.Tool.Facts;

namespace VmcsGen.Site.Pages;

/// <summary>
/// What the specs know, by kind. Addresses are names that readers have: the kernel's and the manual's in lower case; ours in lower case
/// with their words apart; those of rules as programs print them.
/// </summary>
internal static class Shelves
{
    private const string Controls = "Controls";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Shelf> All { get; } =
    [
        new(
            "fields",
            "VMCS fields",
            "The fields of the VMCS: encoding, condition, what VM entry demands, and places in layouts.",
            [.. FieldFacts.All],
            static fact => fact.Name,
            static fact => Words(fact.Name)
        ),
        new(
            "controls",
            "Control bits",
            "The bits of VMX's control words, and the MSRs that say which of them a processor has.",
            [.. ControlFacts.All],
            static fact => fact.Name,
            static fact => $"{WordOf(fact.Group!)}/{Words(fact.Name)}"
        ),
        new(
            "exits",
            "Exit reasons",
            "Why a guest was left: the basic exit reasons of VMX, the exit codes of SVM, and the reasons with which KVM_RUN returns.",
            [.. ExitFacts.All],
            ExitName,
            static fact => ExitName(fact) == fact.Name ? Words(fact.Name) : Lower(ExitName(fact))
        ),
        new(
            "msrs",
            "Model-specific registers",
            "The MSRs that VMX needs: capabilities, and what VM entries and exits load and store.",
            [.. MsrFacts.All],
            static fact => fact.ManualName ?? fact.Name,
            static fact => Lower(fact.ManualName ?? fact.Name)
        ),
        new(
            "rules",
            "Rules of VM entry",
            "What VM entry checks, with the section of the manual. `vmcsgen why` and `VmEntryChecker` name broken rules by these names.",
            [.. RuleFacts.All],
            static fact => fact.Name,
            static fact => fact.Name
        ),
        new(
            "ioctls",
            "Ioctls of KVM",
            "KVM's requests: number, struct, errors, the capability that announces one, and the method that makes it.",
            [.. IoctlFacts.All.OrderBy(static fact => fact.Name)],
            static fact => fact.Name,
            static fact => Lower(fact.Name)
        ),
        new(
            "capabilities",
            "Capabilities of KVM",
            "What KVM_CHECK_EXTENSION tells of a kernel, a VM or a vCPU.",
            [.. CapabilityFacts.All],
            static fact => fact.NativeName!,
            static fact => Lower(fact.NativeName!)
        ),
    ];

    /// <summary>The folder of a control word.</summary>
    public static string WordOf(string type) => Words(type[..^Controls.Length]);

    /// <summary><c>GuestRip</c> as <c>guest-rip</c>.</summary>
    public static string Words(string name) => EmitNames.Snake(name).Replace('_', '-');

    // VMX, SVM and KVM have exits of the same names here. Exceptions of SVM have none of the kernel.
    private static string ExitName(Fact fact) => fact.Group == ExitFacts.Vmx ? fact.Name : fact.NativeName ?? fact.Name;

    private static string Lower(string name) => name.ToLowerInvariant();
}
