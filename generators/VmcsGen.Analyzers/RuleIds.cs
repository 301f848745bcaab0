namespace VmcsGen.Analyzers;

/// <summary>Stable ids of the analyzers' diagnostics. A number is never reused.</summary>
internal static class RuleIds
{
    public const string ReadOnlyFieldWritten = "VMCS1001";
    public const string RawEncoding = "VMCS1002";
    public const string RawIoctlNumber = "VMCS1003";
    public const string WidthDoesNotFit = "VMCS1004";
    public const string FieldMayNotExist = "VMCS1005";
    public const string PayloadOfOtherReason = "VMCS1006";
    public const string ExitIsOver = "VMCS1007";
    public const string UsedAfterDispose = "VMCS1008";
    public const string ResultIgnored = "VMCS1009";
    public const string NeverDisposed = "VMCS1010";
    public const string SpanOutlivesOwner = "VMCS1011";
}
