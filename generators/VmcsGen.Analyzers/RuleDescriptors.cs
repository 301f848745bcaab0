using Microsoft.CodeAnalysis;

namespace VmcsGen.Analyzers;

/// <summary>The diagnostics: title, message and severity of each id. docs/analyzers.md explains them.</summary>
internal static class RuleDescriptors
{
    /// <summary>The page that explains them, from the root of the repository.</summary>
    public const string Page = "docs/analyzers.md";

    private const string Category = "VmcsGen.Usage";

    public static readonly DiagnosticDescriptor ReadOnlyFieldWritten = Warning(
        RuleIds.ReadOnlyFieldWritten,
        "Write to a read-only VMCS field",
        "{0} is a VM-exit information field: VMWRITE fails with error 13 on processors without the capability to write any field (IA32_VMX_MISC bit 29)",
        "VM-exit information fields can be written by encoding only. VMWRITE to one fails with error 13, except on processors that have the capability to write any field."
    );

    public static readonly DiagnosticDescriptor RawEncoding = Suggestion(
        RuleIds.RawEncoding,
        "Encoding of a VMCS field that has a name",
        "0x{0:X4} is the encoding of VmcsField.{1}: write the name",
        "A literal encoding hides which field is meant; VmcsField has its name."
    );

    public static readonly DiagnosticDescriptor RawIoctlNumber = Suggestion(
        RuleIds.RawIoctlNumber,
        "Ioctl number that has a name",
        "0x{0:X} is KvmIoctl.{1}: write the name",
        "A literal request number hides which ioctl is meant; KvmIoctl has its name."
    );

    public static readonly DiagnosticDescriptor WidthDoesNotFit = Warning(
        RuleIds.WidthDoesNotFit,
        "Width does not fit the VMCS field",
        "{0} has {1} bits: {2}",
        "A constant with more bits than the field loses them, and a cast that cuts an address or a 64-bit number keeps its low bits alone."
    );

    public static readonly DiagnosticDescriptor FieldMayNotExist = Suggestion(
        RuleIds.FieldMayNotExist,
        "VMCS field that not every processor has",
        "{0} exists on processors that support {1}, which this type never looks at: check the control, or use TryRead and TryWrite",
        "Without one of the controls that the field depends on, VMREAD and VMWRITE fail with error 12."
    );

    public static readonly DiagnosticDescriptor PayloadOfOtherReason = Warning(
        RuleIds.PayloadOfOtherReason,
        "Payload of another exit reason",
        "{0} belongs to exit reason {1}, but here the reason is {2}: it throws InvalidOperationException",
        "Each payload of an exit belongs to some exit reasons. For others the property throws."
    );

    public static readonly DiagnosticDescriptor ExitIsOver = Warning(
        RuleIds.ExitIsOver,
        "Exit used after the next Run",
        "'{0}' views an exit that is over: '{1}' has run, or was disposed of, since. Read what is needed before, or take the new exit.",
        "An exit, its payloads and their spans view the page that KVM shares with the vCPU, which the next Run overwrites."
    );

    public static readonly DiagnosticDescriptor UsedAfterDispose = Warning(
        RuleIds.UsedAfterDispose,
        "Object used after Dispose",
        "'{0}' was disposed of: this throws ObjectDisposedException",
        "Every way to this place has disposed of the object, and its methods throw then."
    );

    public static readonly DiagnosticDescriptor ResultIgnored = Warning(
        RuleIds.ResultIgnored,
        "Result of a VMX instruction ignored",
        "{0} reports failure by its result, which nobody looks at: use it, throw with ThrowIfFailed, or discard it openly with _ =",
        "Methods that stand for VMX instructions report failure by their result, as the processor does by RFLAGS."
    );

    public static readonly DiagnosticDescriptor NeverDisposed = Warning(
        RuleIds.NeverDisposed,
        "Object never disposed of",
        "This {0} is never disposed of: what it owns stays until the garbage collector finds it, or longer. Declare it with using.",
        "The method makes the object, keeps it to itself and does not dispose of it, though it owns descriptors, memory or what KVM does for it."
    );

    public static readonly DiagnosticDescriptor SpanOutlivesOwner = Warning(
        RuleIds.SpanOutlivesOwner,
        "Span used after its owner was disposed of",
        "'{0}' points into memory of '{1}', which was disposed of: the process may die here. Use it before, or keep a GuestMemoryView.",
        "A span keeps nothing: when Dispose has unmapped what it points into, a use ends the process or reads what was mapped there since."
    );

    private static DiagnosticDescriptor Warning(string id, string title, string message, string description) =>
        new(
            id,
            title,
            message,
            Category,
            DiagnosticSeverity.Warning,
            isEnabledByDefault: true,
            description,
            DocumentationLink.To(Page, id)
        );

    private static DiagnosticDescriptor Suggestion(string id, string title, string message, string description) =>
        new(id, title, message, Category, DiagnosticSeverity.Info, isEnabledByDefault: true, description, DocumentationLink.To(Page, id));
}
