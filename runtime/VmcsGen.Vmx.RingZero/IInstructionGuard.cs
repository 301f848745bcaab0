using System;

namespace VmcsGen.Vmx.RingZero;

/// <summary>Keeps instructions from a machine that would be lost by them.</summary>
internal interface IInstructionGuard
{
    /// <summary>
    /// Takes note of an instruction that comes next, and says whether it must be looked at once those before it were executed.
    /// </summary>
    bool Concerns(ReadOnlySpan<byte> request);

    /// <summary>Refuses an instruction that must be looked at, if the machine would be lost by it.</summary>
    /// <exception cref="NotSupportedException">It would.</exception>
    void Check(RingZeroBatch.Entry entry);
}
