using System.Collections.Generic;
using VmcsGen.Tool.Findings;

namespace VmcsGen.Tool.Images;

/// <summary>A part of an image: a struct of the kernel's, or a VMCS.</summary>
/// <param name="Title">What it is.</param>
/// <param name="Values">Its values.</param>
internal sealed record DecodedPart(string Title, IReadOnlyList<DecodedValue> Values)
{
    /// <summary>What the checker says of a VMCS; null for what is none.</summary>
    public Finding? Finding { get; init; }
}
