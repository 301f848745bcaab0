using System;
using System.Numerics;

namespace VmcsGen.Kvm;

/// <summary>
/// What one of the four breakpoint registers of a processor is to wait for. Execution stops before the instruction, data stop
/// after the access. Source: SDM 3B 19.2.
/// </summary>
public readonly record struct HardwareBreakpoint
{
    /// <summary>Number of breakpoint registers, DR0 to DR3.</summary>
    public const int RegisterCount = 4;

    /// <summary>Bit 10 of DR7, which is always 1. Source: SDM 3B 19.2.4.</summary>
    internal const ulong Dr7AlwaysSet = 1 << 10;

    private const int GlobalEnable = 0x2; // G0; L0 is cleared by hardware task switches.
    private const int FirstConditionBit = 16;
    private const int BitsOfRegister = 4;

    private readonly int _last; // So that the default value is a breakpoint like others, of 1 byte.

    private HardwareBreakpoint(ulong address, HardwareBreakpointCondition condition, int length)
    {
        Address = address;
        Condition = condition;
        _last = length - 1;
    }

    /// <summary>The linear address.</summary>
    public ulong Address { get; }

    /// <summary>What is waited for.</summary>
    public HardwareBreakpointCondition Condition { get; }

    /// <summary>How many bytes from the address on are watched.</summary>
    public int Length => _last + 1;

    /// <summary>Stops before the instruction at an address.</summary>
    /// <param name="address">Linear address of the instruction's first byte, prefixes counted.</param>
    public static HardwareBreakpoint OnExecution(ulong address) => new(address, HardwareBreakpointCondition.Execution, 1);

    /// <summary>Stops after a write to any of some bytes.</summary>
    /// <param name="address">Linear address; a multiple of the length.</param>
    /// <param name="length">1, 2, 4 or 8 bytes.</param>
    /// <exception cref="ArgumentException">The length is another one, or the address is not a multiple of it.</exception>
    public static HardwareBreakpoint OnWrite(ulong address, int length) => OnData(address, HardwareBreakpointCondition.Write, length);

    /// <summary>Stops after a read of or a write to any of some bytes; the processor has no breakpoint on reads alone.</summary>
    /// <param name="address">Linear address; a multiple of the length.</param>
    /// <param name="length">1, 2, 4 or 8 bytes.</param>
    /// <exception cref="ArgumentException">The length is another one, or the address is not a multiple of it.</exception>
    public static HardwareBreakpoint OnReadOrWrite(ulong address, int length) =>
        OnData(address, HardwareBreakpointCondition.ReadOrWrite, length);

    /// <summary>The bits that DR7 has for this breakpoint: enabled, its condition and its length. Source: SDM 3B 19.2.4.</summary>
    /// <param name="register">The breakpoint register that holds the address, 0 to 3.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such register.</exception>
    public ulong Dr7Bits(int register)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(register);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(register, RegisterCount);
        uint length = Length == 8 ? 2 : (uint)_last; // 8 came later than 1, 2 and 4, and got the code between.
        uint condition = (uint)Condition | length << 2;
        return (ulong)GlobalEnable << (2 * register) | (ulong)condition << (FirstConditionBit + BitsOfRegister * register);
    }

    /// <summary>The breakpoint in words, such as <c>Write of 4 bytes at 0x7000</c>.</summary>
    public override string ToString() =>
        Condition == HardwareBreakpointCondition.Execution
            ? $"Execution at 0x{Address:X}"
            : $"{Condition} of {Length} byte{(Length == 1 ? "" : "s")} at 0x{Address:X}";

    private static HardwareBreakpoint OnData(ulong address, HardwareBreakpointCondition condition, int length)
    {
        if (length is < 1 or > 8 || !BitOperations.IsPow2(length))
            throw new ArgumentException($"A breakpoint register watches 1, 2, 4 or 8 bytes, not {length}.", nameof(length));
        if (address % (uint)length != 0)
        {
            throw new ArgumentException(
                $"A breakpoint register watches {length} bytes from a multiple of {length} on, and 0x{address:X} is not one. "
                    + "Use several registers with shorter lengths.",
                nameof(address)
            );
        }
        return new HardwareBreakpoint(address, condition, length);
    }
}
