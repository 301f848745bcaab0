using System;
using System.Collections.Generic;
using System.IO;
using Iced.Intel;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Kvm;
using Xunit;

namespace VmcsGen.Kvm.Tests.Execution;

/// <summary>The decoder of instructions that cause VM exits, against a decoder of all instructions.</summary>
public class InstructionDecoding
{
    private static readonly Dictionary<Mnemonic, GuestOpcode> s_opcodes = new()
    {
        [Mnemonic.Clts] = GuestOpcode.Clts,
        [Mnemonic.Cpuid] = GuestOpcode.Cpuid,
        [Mnemonic.Hlt] = GuestOpcode.Hlt,
        [Mnemonic.In] = GuestOpcode.In,
        [Mnemonic.Out] = GuestOpcode.Out,
        [Mnemonic.Insb] = GuestOpcode.Ins,
        [Mnemonic.Insw] = GuestOpcode.Ins,
        [Mnemonic.Insd] = GuestOpcode.Ins,
        [Mnemonic.Outsb] = GuestOpcode.Outs,
        [Mnemonic.Outsw] = GuestOpcode.Outs,
        [Mnemonic.Outsd] = GuestOpcode.Outs,
        [Mnemonic.Int3] = GuestOpcode.Int3,
        [Mnemonic.Invd] = GuestOpcode.Invd,
        [Mnemonic.Invept] = GuestOpcode.Invept,
        [Mnemonic.Invlpg] = GuestOpcode.Invlpg,
        [Mnemonic.Invpcid] = GuestOpcode.Invpcid,
        [Mnemonic.Invvpid] = GuestOpcode.Invvpid,
        [Mnemonic.Lgdt] = GuestOpcode.Lgdt,
        [Mnemonic.Lidt] = GuestOpcode.Lidt,
        [Mnemonic.Lldt] = GuestOpcode.Lldt,
        [Mnemonic.Lmsw] = GuestOpcode.Lmsw,
        [Mnemonic.Ltr] = GuestOpcode.Ltr,
        [Mnemonic.Monitor] = GuestOpcode.Monitor,
        [Mnemonic.Mwait] = GuestOpcode.Mwait,
        [Mnemonic.Pause] = GuestOpcode.Pause,
        [Mnemonic.Rdmsr] = GuestOpcode.Rdmsr,
        [Mnemonic.Rdpmc] = GuestOpcode.Rdpmc,
        [Mnemonic.Rdrand] = GuestOpcode.Rdrand,
        [Mnemonic.Rdseed] = GuestOpcode.Rdseed,
        [Mnemonic.Rdtsc] = GuestOpcode.Rdtsc,
        [Mnemonic.Rdtscp] = GuestOpcode.Rdtscp,
        [Mnemonic.Sgdt] = GuestOpcode.Sgdt,
        [Mnemonic.Sidt] = GuestOpcode.Sidt,
        [Mnemonic.Sldt] = GuestOpcode.Sldt,
        [Mnemonic.Smsw] = GuestOpcode.Smsw,
        [Mnemonic.Str] = GuestOpcode.Str,
        [Mnemonic.Vmcall] = GuestOpcode.Vmcall,
        [Mnemonic.Vmclear] = GuestOpcode.Vmclear,
        [Mnemonic.Vmlaunch] = GuestOpcode.Vmlaunch,
        [Mnemonic.Vmptrld] = GuestOpcode.Vmptrld,
        [Mnemonic.Vmptrst] = GuestOpcode.Vmptrst,
        [Mnemonic.Vmread] = GuestOpcode.Vmread,
        [Mnemonic.Vmresume] = GuestOpcode.Vmresume,
        [Mnemonic.Vmwrite] = GuestOpcode.Vmwrite,
        [Mnemonic.Vmxoff] = GuestOpcode.Vmxoff,
        [Mnemonic.Vmxon] = GuestOpcode.Vmxon,
        [Mnemonic.Wbinvd] = GuestOpcode.Wbinvd,
        [Mnemonic.Wbnoinvd] = GuestOpcode.Wbinvd,
        [Mnemonic.Wrmsr] = GuestOpcode.Wrmsr,
        [Mnemonic.Xsetbv] = GuestOpcode.Xsetbv,
        [Mnemonic.Xsaves] = GuestOpcode.Xsaves,
        [Mnemonic.Xsaves64] = GuestOpcode.Xsaves,
        [Mnemonic.Xrstors] = GuestOpcode.Xrstors,
        [Mnemonic.Xrstors64] = GuestOpcode.Xrstors,
    };

    public static TheoryData<int> Sizes => [16, 32, 64];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Random_bytes_after_every_mix_of_prefixes_are_decoded_alike(int size)
    {
        byte[] prefixes = [0x66, 0x67, 0xF2, 0xF3, 0x2E, 0x36, 0x64, 0x40, 0x41, 0x44, 0x48, 0x4F];
        byte[][] openings =
        [
            [0xF4],
            [0xCC],
            [0x90],
            [0xE4],
            [0xE7],
            [0xEC],
            [0xED],
            [0xEE],
            [0xEF],
            [0x6C],
            [0x6D],
            [0x6E],
            [0x6F],
            [0x0F, 0x00],
            [0x0F, 0x01],
            [0x0F, 0x06],
            [0x0F, 0x08],
            [0x0F, 0x09],
            [0x0F, 0x20],
            [0x0F, 0x21],
            [0x0F, 0x22],
            [0x0F, 0x23],
            [0x0F, 0x30],
            [0x0F, 0x31],
            [0x0F, 0x32],
            [0x0F, 0x33],
            [0x0F, 0x38, 0x80],
            [0x0F, 0x38, 0x81],
            [0x0F, 0x38, 0x82],
            [0x0F, 0x78],
            [0x0F, 0x79],
            [0x0F, 0xA2],
            [0x0F, 0xC7],
            [0x89],
            [0x0F, 0x05],
        ];
        var random = new Random(size);
        var seen = new HashSet<GuestOpcode>();
        for (var round = 0; round < 60_000; round++)
        {
            using var stream = new MemoryStream();
            for (var count = random.Next(3); count > 0; count--)
                stream.WriteByte(prefixes[random.Next(prefixes.Length)]);
            stream.Write(openings[random.Next(openings.Length)]);
            var rest = new byte[15 - stream.Length];
            random.NextBytes(rest);
            stream.Write(rest);
            seen.Add(Compare(stream.ToArray(), size));
        }
        // Everything that there is in this mode came along.
        Assert.Superset(new HashSet<GuestOpcode>(s_opcodes.Values), seen);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void An_instruction_that_is_cut_off_is_incomplete(int size)
    {
        byte[] code = [0x0F, 0xC7, 0xB4, 0x24, 0x78, 0x56, 0x34, 0x12]; // VMPTRLD with ModR/M, and SIB and 32-bit displacement if there are
        var whole = GuestInstructionDecoder.Decode(code, size);
        Assert.Equal(GuestOpcode.Vmptrld, whole.Opcode);
        for (var length = 0; length < whole.Length; length++)
            Assert.Equal(GuestOpcode.Incomplete, GuestInstructionDecoder.Decode(code.AsSpan(0, length), size).Opcode);
        Assert.Equal(whole, GuestInstructionDecoder.Decode(code.AsSpan(0, whole.Length), size));
    }

    private static GuestOpcode Compare(byte[] code, int size)
    {
        var expected = Iced.Intel.Decoder.Create(size, code, 0x1000).Decode();
        var actual = GuestInstructionDecoder.Decode(code, size);
        var opcode = OpcodeOf(expected);
        var what = $"{size}-bit {Convert.ToHexString(code)}: {expected}";
        Assert.True(opcode == actual.Opcode, $"{what}, decoded as {actual.Opcode}");
        if (opcode == GuestOpcode.Other)
            return opcode;
        Assert.True(expected.Length == actual.Length, $"{what}: length {actual.Length} instead of {expected.Length}");
        if (HasModRmMemory(expected, opcode))
            CompareMemory(expected, actual, what);
        return opcode;
    }

    // Instructions that raise #UD in the form at hand are none that could cause VM exits.
    private static GuestOpcode OpcodeOf(in Instruction instruction)
    {
        if (instruction.HasLockPrefix)
            return GuestOpcode.Other;
        if (instruction.Mnemonic == Mnemonic.Mov)
        {
            if (IsControl(instruction.Op0Register))
                return GuestOpcode.MovToCr;
            if (IsControl(instruction.Op1Register))
                return GuestOpcode.MovFromCr;
            if (IsDebug(instruction.Op0Register))
                return GuestOpcode.MovToDr;
            return IsDebug(instruction.Op1Register) ? GuestOpcode.MovFromDr : GuestOpcode.Other;
        }
        return s_opcodes.GetValueOrDefault(instruction.Mnemonic);

        static bool IsControl(Register register) => register is >= Register.CR0 and <= Register.CR15;
        static bool IsDebug(Register register) => register is >= Register.DR0 and <= Register.DR15;
    }

    private static bool HasModRmMemory(in Instruction instruction, GuestOpcode opcode)
    {
        if (opcode is GuestOpcode.Ins or GuestOpcode.Outs)
            return false;
        for (var i = 0; i < instruction.OpCount; i++)
        {
            if (instruction.GetOpKind(i) == OpKind.Memory)
                return true;
        }
        return false;
    }

    private static void CompareMemory(in Instruction expected, in GuestInstruction actual, string what)
    {
        var memory = actual.Memory;
        Assert.False(actual.IsRegisterOperand, what);
        Assert.True(memory.IsRipRelative == expected.IsIPRelativeMemoryOperand, what);
        var segment = Enum.Parse<SegmentRegister>(expected.MemorySegment.ToString(), ignoreCase: true);
        // In 64-bit mode the overrides that do not count are not reported by the other decoder.
        if (expected.CodeSize != CodeSize.Code64 || segment is SegmentRegister.Fs or SegmentRegister.Gs)
            Assert.True(memory.Segment == segment, $"{what}: segment {memory.Segment}");
        if (memory.IsRipRelative)
            return;
        Assert.True(memory.Base == Number(expected.MemoryBase), $"{what}: base {memory.Base}");
        Assert.True(memory.Index == Number(expected.MemoryIndex), $"{what}: index {memory.Index}");
        if (memory.Index >= 0)
            Assert.True(1 << memory.Scale == expected.MemoryIndexScale, $"{what}: scale {memory.Scale}");
        var mask = actual.AddressSize == 8 ? ulong.MaxValue : (1UL << (actual.AddressSize * 8)) - 1;
        Assert.True(
            ((ulong)memory.Displacement & mask) == (expected.MemoryDisplacement64 & mask),
            $"{what}: displacement {memory.Displacement:X}"
        );

        static int Number(Register register) => register == Register.None ? -1 : register.GetNumber();
    }
}
