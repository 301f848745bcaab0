using System;

namespace VmcsGen.Vmx.Kvm;

/// <summary>Which exceptions and software interrupts an instruction can lead to (SDM 2, "exceptions" of each instruction).</summary>
internal static class GuestExceptions
{
    /// <summary>The most that <see cref="Find"/> names.</summary>
    internal const int MaxVectors = 8;

    private const uint WithErrorCode =
        1u << (int)ExceptionVector.DoubleFault
        | 1u << (int)ExceptionVector.InvalidTss
        | 1u << (int)ExceptionVector.SegmentNotPresent
        | 1u << (int)ExceptionVector.StackSegmentFault
        | 1u << (int)ExceptionVector.GeneralProtection
        | 1u << (int)ExceptionVector.PageFault
        | 1u << (int)ExceptionVector.AlignmentCheck
        | 1u << (int)ExceptionVector.ControlProtection;

    /// <summary>Whether the delivery of an exception pushes an error code, outside of real mode.</summary>
    internal static bool HasErrorCode(byte vector) => vector < 32 && (WithErrorCode >> vector & 1) != 0;

    /// <summary>Vectors by how likely they are: that of the instruction itself first.</summary>
    /// <param name="code">The instruction.</param>
    /// <param name="mode">Default size of code: 16, 32 or 64.</param>
    /// <param name="vectors">Receives them.</param>
    /// <returns>How many there are.</returns>
    internal static int Find(ReadOnlySpan<byte> code, int mode, Span<byte> vectors)
    {
        var opcode = GuestInstructionDecoder.FindOpcode(code, mode, out var next);
        var extension = next >> 3 & 7;
        var count = 0;
        switch (opcode)
        {
            case 0xCD:
                vectors[count++] = next;
                break;
            case 0xCC:
                vectors[count++] = (byte)ExceptionVector.Breakpoint;
                break;
            case 0xCE:
                vectors[count++] = (byte)ExceptionVector.Overflow;
                break;
            case 0xF1:
                vectors[count++] = (byte)ExceptionVector.Debug;
                break;
            case 0x62 when mode != 64:
                vectors[count++] = (byte)ExceptionVector.BoundRangeExceeded;
                break;
            case 0xD4 or 0xF6 or 0xF7 when opcode == 0xD4 || extension is 6 or 7:
                vectors[count++] = (byte)ExceptionVector.DivideError;
                break;
            case 0x9B or (>= 0xD8 and <= 0xDF):
                vectors[count++] = (byte)ExceptionVector.DeviceNotAvailable;
                vectors[count++] = (byte)ExceptionVector.FloatingPointError;
                break;
            // MOV and POP to segment registers, LDS to LGS, far transfers and returns.
            case 0x07 or 0x17 or 0x1F or 0x8E or 0x9A or 0xC4 or 0xC5 or 0xCA or 0xCB or 0xCF or 0xEA:
            case 0x0FA1 or 0x0FA9 or 0x0FB2 or 0x0FB4 or 0x0FB5:
            case 0xFF when extension is 3 or 5:
                vectors[count++] = (byte)ExceptionVector.SegmentNotPresent;
                vectors[count++] = (byte)ExceptionVector.InvalidTss;
                break;
            // SSE, AVX and MMX.
            case (>= 0x0F10 and <= 0x0F17) or (>= 0x0F28 and <= 0x0F2F) or (>= 0x0F50 and <= 0x0F7F) or (>= 0x0FD0 and <= 0x0FFE):
                vectors[count++] = (byte)ExceptionVector.DeviceNotAvailable;
                vectors[count++] = (byte)ExceptionVector.SimdFloatingPoint;
                break;
        }
        vectors[count++] = (byte)ExceptionVector.GeneralProtection;
        vectors[count++] = (byte)ExceptionVector.PageFault;
        vectors[count++] = (byte)ExceptionVector.InvalidOpcode;
        vectors[count++] = (byte)ExceptionVector.StackSegmentFault;
        vectors[count++] = (byte)ExceptionVector.DoubleFault;
        return count;
    }
}
