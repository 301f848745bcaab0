using System;
using System.Runtime.CompilerServices;

namespace VmcsGen.Vmx;

/// <summary>
/// The outcome of a VMX instruction as RFLAGS tells it: VMsucceed, VMfailInvalid (there is no current VMCS), or VMfailValid
/// with a VM-instruction error number (SDM 3C, "VMX Instruction Reference", Conventions).
/// </summary>
public readonly struct VmxResult
#if !VMCSGEN_FREESTANDING
    : IEquatable<VmxResult>
#endif
{
    private const uint Invalid = 0xFFFF_FFFF;

    private readonly uint _state;

    private VmxResult(uint state) => _state = state;

    /// <summary>VMsucceed.</summary>
    public static VmxResult Success => default;

    /// <summary>VMfailInvalid: the instruction failed and there was no current VMCS to hold an error number.</summary>
    public static VmxResult FailInvalid => new(Invalid);

    /// <summary>Whether the instruction succeeded.</summary>
    public bool IsSuccess => _state == 0;

    /// <summary>Whether the instruction failed without an error number.</summary>
    public bool IsFailInvalid => _state == Invalid;

    /// <summary>The VM-instruction error of VMfailValid; zero in the other outcomes.</summary>
    public VmInstructionError Error => _state == Invalid ? 0 : (VmInstructionError)_state;

    /// <summary>VMfailValid.</summary>
    /// <param name="error">The error number, which is not zero.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Else it is a call in the loops of those who read fields and never fail.
    public static VmxResult FailValid(VmInstructionError error)
    {
#if !VMCSGEN_FREESTANDING
        ArgumentOutOfRangeException.ThrowIfZero((uint)error, nameof(error));
#endif
        return new((uint)error);
    }

#if !VMCSGEN_FREESTANDING
    /// <summary>Throws unless the instruction succeeded.</summary>
    /// <param name="operation">What was done, for the message: an instruction and its operand.</param>
    /// <exception cref="VmxException">The instruction failed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void ThrowIfFailed(string operation)
    {
        if (!IsSuccess)
            throw new VmxException(operation, this);
    }
#endif

    /// <summary>Whether two outcomes are the same.</summary>
    public static bool operator ==(VmxResult left, VmxResult right) => left._state == right._state;

    /// <summary>Whether two outcomes differ.</summary>
    public static bool operator !=(VmxResult left, VmxResult right) => left._state != right._state;

#if !VMCSGEN_FREESTANDING
    /// <inheritdoc/>
    public bool Equals(VmxResult other) => this == other;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is VmxResult other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _state.GetHashCode();

    /// <summary>The outcome in the SDM's words.</summary>
    public override string ToString() =>
        _state switch
        {
            0 => "VMsucceed",
            Invalid => "VMfailInvalid",
            _ => $"VMfailValid({_state}: {Error})",
        };
#endif
}
