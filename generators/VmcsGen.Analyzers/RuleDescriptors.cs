using Microsoft.CodeAnalysis;

namespace VmcsGen.Analyzers;

/// <summary>The diagnostics: title, message and severity of each id. docs/analyzers.md explains them.</summary>
internal static class RuleDescriptors
{
    private const string Category = "VmcsGen.Usage";

    public static readonly DiagnosticDescriptor ReadOnlyFieldWritten = Warning(RuleIds.ReadOnlyFieldWritten, "Write to a read-only VMCS field", "{0} is a VM-exit information field: VMWRITE fails with error 13 on processors without the capability to write any field (IA32_VMX_MISC bit 29)");
    public static readonly DiagnosticDescriptor RawEncoding = Suggestion(RuleIds.RawEncoding, "Encoding of a VMCS field that has a name", "0x{0:X4} is the encoding of VmcsField.{1}: write the name");
    public static readonly DiagnosticDescriptor RawIoctlNumber = Suggestion(RuleIds.RawIoctlNumber, "Ioctl number that has a name", "0x{0:X} is KvmIoctl.{1}: write the name");
    public static readonly DiagnosticDescriptor WidthDoesNotFit = Warning(RuleIds.WidthDoesNotFit, "Width does not fit the VMCS field", "{0} has {1} bits: {2}");
    public static readonly DiagnosticDescriptor FieldMayNotExist = Suggestion(RuleIds.FieldMayNotExist, "VMCS field that not every processor has", "{0} exists on processors that support {1}, which this type never looks at: check the control, or use TryRead and TryWrite");
    public static readonly DiagnosticDescriptor PayloadOfOtherReason = Warning(RuleIds.PayloadOfOtherReason, "Payload of another exit reason", "{0} belongs to exit reason {1}, but here the reason is {2}: it throws InvalidOperationException");
    public static readonly DiagnosticDescriptor ExitIsOver = Warning(RuleIds.ExitIsOver, "Exit used after the next Run", "'{0}' views an exit that is over: '{1}' has run, or was disposed of, since. Read what is needed before, or take the new exit.");
    public static readonly DiagnosticDescriptor UsedAfterDispose = Warning(RuleIds.UsedAfterDispose, "Object used after Dispose", "'{0}' was disposed of: this throws ObjectDisposedException");
    public static readonly DiagnosticDescriptor ResultIgnored = Warning(RuleIds.ResultIgnored, "Result of a VMX instruction ignored", "{0} reports failure by its result, which nobody looks at: use it, throw with ThrowIfFailed, or discard it openly with _ =");
    public static readonly DiagnosticDescriptor NeverDisposed = Warning(RuleIds.NeverDisposed, "KVM object never disposed of", "This {0} is never disposed of: its descriptors and memory stay until the garbage collector finds it. Declare it with using.");
    public static readonly DiagnosticDescriptor SpanOutlivesOwner = Warning(RuleIds.SpanOutlivesOwner, "Span used after its owner was disposed of", "'{0}' points into memory of '{1}', which was disposed of: the process may die here. Use it before, or keep a GuestMemoryView.");

    private static DiagnosticDescriptor Warning(string id, string title, string message) =>
        new(id, title, message, Category, DiagnosticSeverity.Warning, isEnabledByDefault: true);

    private static DiagnosticDescriptor Suggestion(string id, string title, string message) =>
        new(id, title, message, Category, DiagnosticSeverity.Info, isEnabledByDefault: true);
}
