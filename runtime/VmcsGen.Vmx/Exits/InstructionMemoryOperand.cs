using System;
using System.Text;

namespace VmcsGen.Vmx;

/// <summary>
/// The memory operand of the instruction that caused a VM exit, as the VM-exit instruction information and the exit
/// qualification tell it (SDM 3C 28.2.1 and 28.2.5). The formats of the instruction information that have a memory operand
/// have it at the same bits; the extended one, of processors with APX, has places of its own.
/// </summary>
public readonly struct InstructionMemoryOperand
{
    internal InstructionMemoryOperand(uint information, ulong displacement)
    {
        var format = new VmxInstructionInformation(information);
        Segment = format.SegmentRegister;
        Base = format.BaseRegisterInvalid ? null : format.BaseRegister;
        Index = format.IndexRegisterInvalid ? null : format.IndexRegister;
        Scaling = format.Scaling;
        AddressSize = format.AddressSize;
        Displacement = SignExtend(displacement);
    }

    internal InstructionMemoryOperand(ExtendedInstructionInformation format, ulong displacement)
    {
        Segment = format.SegmentRegister;
        Base = format.BaseRegisterInvalid ? null : format.BaseRegister;
        Index = format.IndexRegisterInvalid ? null : format.IndexRegister;
        Scaling = format.Scaling;
        AddressSize = format.AddressSize;
        Displacement = SignExtend(displacement);
    }

    /// <summary>Segment of the operand.</summary>
    public SegmentRegister Segment { get; }

    /// <summary>The register that the address starts from; null if there is none.</summary>
    public GeneralPurposeRegister? Base { get; }

    /// <summary>The register that is scaled and added; null if there is none.</summary>
    public GeneralPurposeRegister? Index { get; }

    /// <summary>Factor of the index register.</summary>
    public IndexScaling Scaling { get; }

    /// <summary>Address size of the instruction.</summary>
    public InstructionAddressSize AddressSize { get; }

    /// <summary>What is added to the registers. For RIP-relative addressing the whole address, without any register.</summary>
    public long Displacement { get; }

    private int AddressBits =>
        AddressSize switch
        {
            InstructionAddressSize.Bits16 => 16,
            InstructionAddressSize.Bits32 => 32,
            _ => 64,
        };

    /// <summary>
    /// The address within the segment, cut off at the address size. Adding the segment's base gives the linear address.
    /// </summary>
    /// <param name="registers">
    /// The general-purpose registers of the guest, in the order of <see cref="GeneralPurposeRegister"/>: 16, or 32 of a guest that uses
    /// APX.
    /// </param>
    /// <exception cref="ArgumentException">There are fewer than 16 registers, or the operand uses one that is not among them.</exception>
    public ulong EffectiveAddress(ReadOnlySpan<ulong> registers)
    {
        var needed = Math.Max((int)(Base ?? 0), (int)(Index ?? 0)) < 16 ? 16 : 32;
        if (registers.Length < needed)
        {
            throw new ArgumentException(
                $"{registers.Length} registers were given: all {needed} are needed, RAX to R{needed - 1} as numbered.",
                nameof(registers)
            );
        }
        var address = (ulong)Displacement;
        if (Base is { } @base)
            address += registers[(int)@base];
        if (Index is { } index)
            address += registers[(int)index] << (int)Scaling;
        return address & (ulong.MaxValue >> (64 - AddressBits));
    }

    private long SignExtend(ulong displacement) => (long)(displacement << (64 - AddressBits)) >> (64 - AddressBits);

    /// <summary>The operand as an assembler writes it: <c>DS:[RAX + RCX*8 + 0x10]</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder($"{Segment}".ToUpperInvariant()).Append(":[");
        var start = text.Length;
        if (Base is { } @base)
            text.Append($"{@base}".ToUpperInvariant());
        if (Index is { } index)
        {
            text.Append(text.Length == start ? "" : " + ").Append($"{index}".ToUpperInvariant());
            if (Scaling != IndexScaling.By1)
                text.Append('*').Append(1 << (int)Scaling);
        }
        if (text.Length == start)
            text.Append($"0x{(ulong)Displacement & (ulong.MaxValue >> (64 - AddressBits)):X}");
        else if (Displacement != 0)
            text.Append(Displacement < 0 ? $" - 0x{(ulong)-Displacement:X}" : $" + 0x{Displacement:X}");
        return text.Append(']').ToString();
    }
}
