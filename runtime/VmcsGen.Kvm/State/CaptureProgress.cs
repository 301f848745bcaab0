namespace VmcsGen.Kvm;

/// <summary>A round in which the memory of a running VM was copied.</summary>
/// <param name="Round">Its number: 0 for the first, in which all that was there was copied.</param>
/// <param name="PageCount">How many pages were copied.</param>
public readonly record struct CaptureProgress(int Round, ulong PageCount);
