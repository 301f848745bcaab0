using VmcsGen.Tool.Headers;

namespace VmcsGen.Tool.Comparison;

/// <summary>Something that a comparison of specs with headers found.</summary>
/// <param name="Kind">Of what kind it is.</param>
/// <param name="Item">The item: <c>struct kvm_regs</c>, <c>KVM_RUN</c>.</param>
/// <param name="Text">What there is to say; empty when the kind says all.</param>
/// <param name="Path">The spec that it is in; null when it is in none.</param>
/// <param name="Line">The line in the spec, from 1.</param>
/// <param name="Header">Where the header has it.</param>
internal sealed record SpecFinding(FindingKind Kind, string Item, string Text, string? Path, int Line, CPlace? Header)
{
    /// <summary>Whether the specs have to be changed.</summary>
    public bool IsDifference => Kind is FindingKind.Missing or FindingKind.Different or FindingKind.Refused;
}
