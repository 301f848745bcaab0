using System;

namespace VmcsGen.Vmx.RingZero;

/// <summary>
/// The ring-0 agent does not answer any more: it stopped, its machine ended, or it answered something that makes no sense. The
/// processor cannot be used any longer.
/// </summary>
public sealed class RingZeroException : VmxException
{
    /// <summary>Describes the end of an agent.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="machineOutput">What the machine said last, if it says anything.</param>
    /// <param name="innerException">What the stream said.</param>
    public RingZeroException(string message, string? machineOutput = null, Exception? innerException = null)
        : base(string.IsNullOrWhiteSpace(machineOutput) ? message : $"{message} The machine said:\n{machineOutput}", innerException) =>
        MachineOutput = machineOutput;

    /// <summary>What the machine said last, such as the end of an emulator's log.</summary>
    public string? MachineOutput { get; }
}
