using System;

namespace VmcsGen.Vmx.RingZero;

/// <summary>What an instruction in a <see cref="RingZeroBatch"/> gave.</summary>
/// <typeparam name="T">The type of its value.</typeparam>
public sealed class RingZeroResult<T> : RingZeroResult
{
    private readonly Decoder _decode;
    private T? _value;

    internal RingZeroResult(AgentCommand command, byte[] operands, Decoder decode)
        : base(command, operands) => _decode = decode;

    internal delegate T Decoder(ref AgentReader reader);

    /// <summary>The value.</summary>
    /// <exception cref="InvalidOperationException">The batch was not executed yet.</exception>
    /// <exception cref="ProcessorFaultException">The instruction raised a fault.</exception>
    /// <exception cref="VmxFailException">The instruction failed.</exception>
    public T Value
    {
        get
        {
            ThrowIfFailed();
            return _value!;
        }
    }

    /// <summary>The value, or the default if the instruction failed.</summary>
    internal T? ValueOrDefault => _value;

    private protected override void CompleteValue(ref AgentReader reader) => _value = _decode(ref reader);
}
