using System;
using System.Numerics;
using CsCheck;
using Xunit;

namespace VmcsGen.Vmx.Tests;

// One test for each layout of SDM 3C 28.2.5, with values put together from its tables by hand.
public class InstructionInformationTests
{
    [Fact]
    public void OUTS_tells_its_address_size_in_bits_9_to_7_and_its_segment_in_bits_17_to_15()
    {
        // A 64-bit address size (2) and FS (4); OUTSB by DX.
        var information = Of(BasicExitReason.IoInstruction, 0x0002_0100, 0x03F8_0010).InsOutsInstructionInformation;

        Assert.Equal(InstructionAddressSize.Bits64, information.AddressSize);
        Assert.Equal(SegmentRegister.Fs, information.SegmentRegister);
    }

    [Fact]
    public void INVEPT_tells_its_type_register_in_bits_31_to_28_and_its_descriptor_in_the_others()
    {
        // INVEPT RCX, [RBX + 8]: address size 2, DS (3), no index, base RBX (3), Reg2 RCX (1).
        var exit = Of(BasicExitReason.Invept, 0x11C1_8100, 8);

        Assert.Equal(GeneralPurposeRegister.Rcx, exit.InvalidationInstructionInformation.Register2);
        Assert.True(exit.InvalidationInstructionInformation.IndexRegisterInvalid);
        Assert.Equal("DS:[RBX + 0x8]", exit.MemoryOperand.ToString());
    }

    [Theory]
    [InlineData(0x0000_0000u, GdtrIdtrInstruction.Sgdt)]
    [InlineData(0x1000_0000u, GdtrIdtrInstruction.Sidt)]
    [InlineData(0x2000_0000u, GdtrIdtrInstruction.Lgdt)]
    [InlineData(0x3000_0000u, GdtrIdtrInstruction.Lidt)]
    public void LGDT_and_its_kin_tell_which_they_are_in_bits_29_to_28(uint identity, GdtrIdtrInstruction instruction)
    {
        // Address size 1, operand size 32, SS (2), no index, base RBP (5).
        var information = Of(BasicExitReason.GdtrIdtrAccess, identity | 0x02C1_0880).GdtrIdtrInstructionInformation;

        Assert.Equal(instruction, information.Instruction);
        Assert.Equal(InstructionAddressSize.Bits32, information.AddressSize);
        Assert.True(information.OperandSize32);
        Assert.Equal(SegmentRegister.Ss, information.SegmentRegister);
        Assert.Equal(GeneralPurposeRegister.Rbp, information.BaseRegister);
    }

    [Theory]
    [InlineData(0x0000_0000u, LdtrTrInstruction.Sldt)]
    [InlineData(0x1000_0000u, LdtrTrInstruction.Str)]
    [InlineData(0x2000_0000u, LdtrTrInstruction.Lldt)]
    [InlineData(0x3000_0000u, LdtrTrInstruction.Ltr)]
    public void LTR_and_its_kin_tell_which_they_are_in_bits_29_to_28_and_a_register_operand_in_bits_10_and_6_to_3(
        uint identity,
        LdtrTrInstruction instruction
    )
    {
        // Reg1 RSI (6), bit 10.
        var exit = Of(BasicExitReason.LdtrTrAccess, identity | 0x0000_0430);

        Assert.Equal(instruction, exit.LdtrTrInstructionInformation.Instruction);
        Assert.True(exit.LdtrTrInstructionInformation.RegisterOperand);
        Assert.Equal(GeneralPurposeRegister.Rsi, exit.LdtrTrInstructionInformation.Register1);
        Assert.False(exit.HasMemoryOperand);
        Assert.Throws<InvalidOperationException>(() => exit.MemoryOperand);
    }

    [Theory]
    [InlineData(BasicExitReason.Rdrand)]
    [InlineData(BasicExitReason.Rdseed)]
    [InlineData(BasicExitReason.Umwait)]
    [InlineData(BasicExitReason.Tpause)]
    public void RDRAND_and_its_kin_tell_the_register_in_bits_6_to_3_and_the_size_in_bits_12_to_11(BasicExitReason reason)
    {
        // R9, 64 bits (2).
        var information = Of(reason, 0x1048).RdrandRdseedInstructionInformation;

        Assert.Equal(GeneralPurposeRegister.R9, information.OperandRegister);
        Assert.Equal(InstructionOperandSize.Bits64, information.OperandSize);
    }

    [Fact]
    public void VMPTRLD_tells_scaling_in_bits_1_to_0_and_the_index_in_bits_21_to_18()
    {
        // VMPTRLD GS:[R12 + R13*8 - 0x20]: scaling 3, address size 2, GS (5), index 13, base 12.
        var exit = Of(BasicExitReason.Vmptrld, 0x0636_8103, unchecked((ulong)-0x20));

        Assert.Equal(GeneralPurposeRegister.R13, exit.VmxInstructionInformation.IndexRegister);
        Assert.Equal("GS:[R12 + R13*8 - 0x20]", exit.MemoryOperand.ToString());
    }

    [Fact]
    public void VMREAD_to_memory_tells_the_field_register_in_bits_31_to_28()
    {
        // VMREAD [RAX + RCX*4 + 0x10], RDX: scaling 2, address size 2, DS (3), index 1, base 0, Reg2 RDX (2).
        var exit = Of(BasicExitReason.Vmread, 0x2005_8102, 0x10);

        Assert.Equal(GeneralPurposeRegister.Rdx, exit.VmreadVmwriteInstructionInformation.Register2);
        Assert.Equal("DS:[RAX + RCX*4 + 0x10]", exit.MemoryOperand.ToString());
    }

    [Fact]
    public void VMWRITE_from_a_register_tells_it_in_bits_6_to_3()
    {
        // VMWRITE RCX, RBX: bit 10, Reg1 RBX (3), Reg2 RCX (1).
        var exit = Of(BasicExitReason.Vmwrite, 0x1000_0418);

        Assert.Equal(GeneralPurposeRegister.Rbx, exit.VmreadVmwriteInstructionInformation.Register1);
        Assert.Equal(GeneralPurposeRegister.Rcx, exit.VmreadVmwriteInstructionInformation.Register2);
        Assert.False(exit.HasMemoryOperand);
    }

    [Fact]
    public void The_immediate_forms_of_RDMSR_and_WRMSRNS_tell_the_register_in_bits_6_to_3() =>
        Assert.Equal(GeneralPurposeRegister.R8, Of(BasicExitReason.RdmsrImmediate, 0x40).MsrImmediateInstructionInformation.Register1);

    [Fact]
    public void A_memory_operand_without_registers_is_an_absolute_address()
    {
        var information = Operand(InstructionAddressSize.Bits64, null, null, IndexScaling.By1);

        Assert.Equal("DS:[0x12345678]", Of(BasicExitReason.Vmclear, information, 0x1234_5678).MemoryOperand.ToString());
    }

    [Fact]
    public void Displacement_bits_beyond_the_address_size_do_not_count()
    {
        var information = Operand(InstructionAddressSize.Bits16, GeneralPurposeRegister.Rbx, null, IndexScaling.By1);
        var operand = Of(BasicExitReason.Vmclear, information, 0xDEAD_BEEF_CAFE_FFFE).MemoryOperand;

        Assert.Equal(-2, operand.Displacement);
        var registers = new ulong[16];
        registers[(int)GeneralPurposeRegister.Rbx] = 1;
        Assert.Equal(0xFFFFul, operand.EffectiveAddress(registers));
    }

    [Fact]
    public void The_effective_address_is_base_plus_scaled_index_plus_displacement_cut_off_at_the_address_size() =>
        Gen.Select(
                Gen.ULong.Array[16],
                Gen.Int[0, 16],
                Gen.Int[0, 16],
                Gen.Enum<IndexScaling>(),
                Gen.Enum<InstructionAddressSize>(),
                Gen.ULong
            )
            .Sample(
                (registers, @base, index, scaling, size, displacement) =>
                {
                    var information = Operand(size, Register(@base), Register(index), scaling);
                    var expected = new BigInteger(displacement);
                    if (@base < 16)
                        expected += registers[@base];
                    if (index < 16)
                        expected += new BigInteger(registers[index]) * (1 << (int)scaling);
                    expected &= (BigInteger.One << (16 << (int)size)) - 1;

                    var operand = Of(BasicExitReason.Vmxon, information, displacement).MemoryOperand;
                    Assert.Equal((ulong)expected, operand.EffectiveAddress(registers));
                }
            );

    [Fact]
    public void An_effective_address_needs_all_registers() =>
        Assert.Throws<ArgumentException>(() => Of(BasicExitReason.Vmclear, 0).MemoryOperand.EffectiveAddress(new ulong[15]));

    private static GeneralPurposeRegister? Register(int number) => number < 16 ? (GeneralPurposeRegister)number : null;

    private static uint Operand(
        InstructionAddressSize size,
        GeneralPurposeRegister? @base,
        GeneralPurposeRegister? index,
        IndexScaling scaling
    ) =>
        (uint)scaling
        | ((uint)size << 7)
        | (3u << 15)
        | (index is { } i ? (uint)i << 18 : 1u << 22)
        | (@base is { } b ? (uint)b << 23 : 1u << 27);

    private static VmExit Of(BasicExitReason reason, uint information, ulong qualification = 0) =>
        new()
        {
            Reason = new ExitReason { BasicReason = reason },
            InstructionInformation = information,
            Qualification = qualification,
        };
}
