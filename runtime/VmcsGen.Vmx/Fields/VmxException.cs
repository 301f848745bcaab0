using System;

namespace VmcsGen.Vmx;

/// <summary>
/// What processors with VMX report as exceptions has this base: failed instructions, faults, VM entries and VMX aborts, vCPUs that could
/// not be created, and processors that answer no more. Wrong use of the library is an <see cref="ArgumentException"/> or an
/// <see cref="InvalidOperationException"/> as everywhere.
/// </summary>
public abstract class VmxException : Exception
{
    /// <summary>Describes what happened.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">What it is due to, if that is known.</param>
    protected VmxException(string message, Exception? innerException = null)
        : base(message, innerException) { }
}
