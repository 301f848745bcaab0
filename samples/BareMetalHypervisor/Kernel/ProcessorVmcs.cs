using System.Runtime.CompilerServices;
using VmcsGen.Vmx;

namespace BareMetal;

/// <summary>The current VMCS of the processor: what the generated properties of <see cref="Vmcs{TAccess}"/> reach it by.</summary>
internal readonly unsafe struct ProcessorVmcs : IVmcsAccess
{
    /// <summary>Its typed properties.</summary>
    public static Vmcs<ProcessorVmcs> Current => new(default);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Read(VmcsField field) => VmxInstructions.Read((uint)field);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(VmcsField field, ulong value) => VmxInstructions.Write((uint)field, value);

    public VmxResult TryRead(VmcsField field, out ulong value)
    {
        ulong read = 0;
        var result = ResultOf(VmxInstructions.TryRead((uint)field, &read));
        value = result.IsSuccess ? read : 0;
        return result;
    }

    public VmxResult TryWrite(VmcsField field, ulong value) => ResultOf(VmxInstructions.TryWrite((uint)field, value));

    /// <summary>What an instruction reported, with the error number of the current VMCS if it is VMfailValid.</summary>
    public static VmxResult ResultOf(uint outcome) =>
        outcome switch
        {
            0 => VmxResult.Success,
            1 => VmxResult.FailInvalid,
            _ => VmxResult.FailValid(Current.VmInstructionError),
        };
}
