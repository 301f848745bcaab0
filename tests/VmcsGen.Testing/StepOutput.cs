using Microsoft.CodeAnalysis;

namespace VmcsGen.Testing;

/// <summary>One value that a step of the pipeline gave, and how it compares with the last run's.</summary>
/// <param name="Value">The value.</param>
/// <param name="Reason">Whether the value is new, modified, unchanged, taken from the cache, or gone.</param>
public sealed record StepOutput(object Value, IncrementalStepRunReason Reason);
