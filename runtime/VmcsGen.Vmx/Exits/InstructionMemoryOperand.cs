using System;
using System.Text;

namespace VmcsGen.Vmx;

/// <summary>
/// The memory operand of the instruction that caused a VM exit, as the VM-exit instruction information and the exit
/// qualification tell it (SDM 3C 28.2.1 and 28.2.5). The formats of the instruction information that have a memory operand
/// have it at the same bits.
/// </summary>
public readonly struct InstructionMemoryOperand
{
    private readonly VmxInstructionInformation _information;

    internal InstructionMemoryOperand(uint information, ulong displacement)
    {
        _information = new VmxInstructionInformation(information);
        Displacement = (long)(displacement << (64 - AddressBits)) >> (64 - AddressBits);
    }

    /// <summary>Segment of the operand.</summary>
    public SegmentRegister Segment => _information.SegmentRegister;

    /// <summary>The register that the address starts from; null if there is none.</summary>
    public GeneralPurposeRegister? Base => _information.BaseRegisterInvalid ? null : _information.BaseRegister;

    /// <summary>The register that is scaled and added; null if there is none.</summary>
    public GeneralPurposeRegister? Index => _information.IndexRegisterInvalid ? null : _information.IndexRegister;

    /// <summary>Factor of the index register.</summary>
    public IndexScaling Scaling => _information.Scaling;

    /// <summary>Address size of the instruction.</summary>
    public InstructionAddressSize AddressSize => _information.AddressSize;

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
    /// The 16 general-purpose registers of the guest, in the order of <see cref="GeneralPurposeRegister"/>.
    /// </param>
    /// <exception cref="ArgumentException">There are fewer than 16 registers.</exception>
    public ulong EffectiveAddress(ReadOnlySpan<ulong> registers)
    {
        if (registers.Length < 16)
        {
            throw new ArgumentException(
                $"{registers.Length} registers were given: all 16 are needed, RAX to R15 as numbered.",
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
