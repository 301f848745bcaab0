using System;
using System.Buffers.Binary;

namespace VmcsGen.Vmx.Kvm;

/// <summary>
/// Decodes the instructions that <see cref="GuestOpcode"/> lists, and no others (SDM 2, chapter 2 and appendix A). With a LOCK prefix
/// all of them raise #UD and are none of these.
/// </summary>
internal ref struct GuestInstructionDecoder
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly int _mode;
    private int _at;
    private bool _isTooShort;
    private bool _hasOperandPrefix;
    private bool _hasAddressPrefix;
    private byte _repeat;
    private byte _rex;
    private SegmentRegister? _segment;
    private byte _modRm;

    private GuestInstructionDecoder(ReadOnlySpan<byte> bytes, int mode)
    {
        _bytes = bytes;
        _mode = mode;
    }

    /// <summary>Decodes an instruction.</summary>
    /// <param name="bytes">Its bytes, up to 15, and what follows.</param>
    /// <param name="mode">Default size of code: 16, 32 or 64.</param>
    internal static GuestInstruction Decode(ReadOnlySpan<byte> bytes, int mode)
    {
        var decoder = new GuestInstructionDecoder(bytes.Length > 15 ? bytes[..15] : bytes, mode);
        var instruction = decoder.Decode();
        return decoder._isTooShort ? new GuestInstruction { Opcode = GuestOpcode.Incomplete } : instruction;
    }

    /// <summary>The memory operand of any instruction, if it has ModR/M behind an opcode of the usual maps.</summary>
    internal static GuestMemoryOperand? DecodeMemoryOperand(ReadOnlySpan<byte> bytes, int mode)
    {
        var decoder = new GuestInstructionDecoder(bytes.Length > 15 ? bytes[..15] : bytes, mode);
        if (decoder.Prefixes() == 0x0F && decoder.Next() is 0x38 or 0x3A)
            decoder.Next();
        decoder._modRm = decoder.Next();
        var operand = decoder.Operand();
        return decoder._isTooShort || operand.IsRegisterOperand ? null : operand.Memory;
    }

    /// <summary>The opcode of any instruction and the byte behind it, which is ModR/M or an immediate; prefixes are left out.</summary>
    /// <returns>0x0F in bits 15:8 for an opcode of the two-byte map.</returns>
    internal static int FindOpcode(ReadOnlySpan<byte> bytes, int mode, out byte next)
    {
        var decoder = new GuestInstructionDecoder(bytes.Length > 15 ? bytes[..15] : bytes, mode);
        int opcode = decoder.Prefixes();
        if (opcode == 0x0F)
            opcode = opcode << 8 | decoder.Next();
        next = decoder.Next();
        return opcode;
    }

    /// <summary>The length of MOV or POP to a segment register; null if it ends beyond the bytes.</summary>
    internal static int? FindLength(ReadOnlySpan<byte> bytes, int mode)
    {
        var decoder = new GuestInstructionDecoder(bytes.Length > 15 ? bytes[..15] : bytes, mode);
        if (decoder.Prefixes() == 0x8E)
        {
            decoder._modRm = decoder.Next();
            decoder.Operand();
        }
        return decoder._isTooShort ? null : decoder._at;
    }

    private readonly int OperandSize =>
        (_rex & 8) != 0 ? 8
        : (_mode == 16) != _hasOperandPrefix ? 2
        : 4;

    private readonly int AddressSize =>
        _mode switch
        {
            64 => _hasAddressPrefix ? 4 : 8,
            32 => _hasAddressPrefix ? 2 : 4,
            _ => _hasAddressPrefix ? 4 : 2,
        };

    private readonly bool IsMemory => _modRm >> 6 != 3;

    private readonly int Extension => _modRm >> 3 & 7;

    private GuestInstruction Decode()
    {
        var opcode = Prefixes();
        return opcode switch
        {
            0xF4 => Plain(GuestOpcode.Hlt),
            0xCC => Plain(GuestOpcode.Int3),
            0x90 when _repeat == 0xF3 => Plain(GuestOpcode.Pause),
            0xE4 or 0xE5 => Io(GuestOpcode.In, opcode, Next()),
            0xE6 or 0xE7 => Io(GuestOpcode.Out, opcode, Next()),
            0xEC or 0xED => Io(GuestOpcode.In, opcode, null),
            0xEE or 0xEF => Io(GuestOpcode.Out, opcode, null),
            0x6C or 0x6D => Io(GuestOpcode.Ins, opcode, null),
            0x6E or 0x6F => Io(GuestOpcode.Outs, opcode, null),
            0x0F => TwoBytes(),
            _ => default,
        };
    }

    // Returns the byte behind the prefixes; that of LOCK if there is one, which no instruction here begins with.
    private byte Prefixes()
    {
        while (true)
        {
            var value = Next();
            switch (value)
            {
                case 0x66:
                    _hasOperandPrefix = true;
                    break;
                case 0x67:
                    _hasAddressPrefix = true;
                    break;
                case 0xF2 or 0xF3:
                    _repeat = value;
                    break;
                case 0x26 or 0x2E or 0x36 or 0x3E:
                    // In 64-bit mode these mean nothing, not even that an earlier one is taken back.
                    if (_mode != 64)
                        _segment = (SegmentRegister)(value >> 3 & 3);
                    break;
                case 0x64:
                    _segment = SegmentRegister.Fs;
                    break;
                case 0x65:
                    _segment = SegmentRegister.Gs;
                    break;
                case >= 0x40 and <= 0x4F when _mode == 64:
                    _rex = value;
                    continue;
                default:
                    return value;
            }
            // REX counts right before the opcode only.
            _rex = 0;
        }
    }

    private GuestInstruction TwoBytes()
    {
        switch (Next())
        {
            case 0x00:
                _modRm = Next();
                return Extension switch
                {
                    0 => WithOperand(GuestOpcode.Sldt),
                    1 => WithOperand(GuestOpcode.Str),
                    2 => WithOperand(GuestOpcode.Lldt),
                    3 => WithOperand(GuestOpcode.Ltr),
                    _ => default,
                };
            case 0x01:
                _modRm = Next();
                return Group7();
            case 0x06:
                return Plain(GuestOpcode.Clts);
            case 0x08:
                return Plain(GuestOpcode.Invd);
            case 0x09:
                return Plain(GuestOpcode.Wbinvd);
            case 0x20:
                return MoveControl(GuestOpcode.MovFromCr);
            case 0x21:
                return MoveControl(GuestOpcode.MovFromDr);
            case 0x22:
                return MoveControl(GuestOpcode.MovToCr);
            case 0x23:
                return MoveControl(GuestOpcode.MovToDr);
            case 0x30:
                return Plain(GuestOpcode.Wrmsr);
            case 0x31:
                return Plain(GuestOpcode.Rdtsc);
            case 0x32:
                return Plain(GuestOpcode.Rdmsr);
            case 0x33:
                return Plain(GuestOpcode.Rdpmc);
            case 0x38:
                return ThreeBytes();
            case 0x78 when !_hasOperandPrefix && _repeat == 0:
                _modRm = Next();
                return WithOperand(GuestOpcode.Vmread);
            case 0x79 when !_hasOperandPrefix && _repeat == 0:
                _modRm = Next();
                return WithOperand(GuestOpcode.Vmwrite);
            case 0xA2:
                return Plain(GuestOpcode.Cpuid);
            case 0xC7:
                _modRm = Next();
                return Group9();
            default:
                return default;
        }
    }

    private GuestInstruction Group7()
    {
        if (IsMemory)
        {
            return Extension switch
            {
                0 => WithOperand(GuestOpcode.Sgdt),
                1 => WithOperand(GuestOpcode.Sidt),
                2 => WithOperand(GuestOpcode.Lgdt),
                3 => WithOperand(GuestOpcode.Lidt),
                4 => WithOperand(GuestOpcode.Smsw),
                6 => WithOperand(GuestOpcode.Lmsw),
                7 => WithOperand(GuestOpcode.Invlpg),
                _ => default,
            };
        }
        var hasPrefix = _hasOperandPrefix || _repeat != 0;
        return _modRm switch
        {
            0xC1 when !hasPrefix => Plain(GuestOpcode.Vmcall),
            0xC2 when !hasPrefix => Plain(GuestOpcode.Vmlaunch),
            0xC3 when !hasPrefix => Plain(GuestOpcode.Vmresume),
            0xC4 when !hasPrefix => Plain(GuestOpcode.Vmxoff),
            0xC8 when !hasPrefix => Plain(GuestOpcode.Monitor),
            0xC9 when !hasPrefix => Plain(GuestOpcode.Mwait),
            0xD1 when !hasPrefix => Plain(GuestOpcode.Xsetbv),
            0xF9 => Plain(GuestOpcode.Rdtscp),
            >= 0xE0 and <= 0xE7 => WithOperand(GuestOpcode.Smsw),
            >= 0xF0 and <= 0xF7 => WithOperand(GuestOpcode.Lmsw),
            _ => default,
        };
    }

    private GuestInstruction Group9() =>
        (Extension, IsMemory) switch
        {
            (3, true) when _repeat == 0 && !_hasOperandPrefix => WithOperand(GuestOpcode.Xrstors),
            (5, true) when _repeat == 0 && !_hasOperandPrefix => WithOperand(GuestOpcode.Xsaves),
            (6, true) when _repeat == 0xF3 => WithOperand(GuestOpcode.Vmxon),
            (6, true) when _repeat == 0 => WithOperand(_hasOperandPrefix ? GuestOpcode.Vmclear : GuestOpcode.Vmptrld),
            (7, true) when _repeat == 0 && !_hasOperandPrefix => WithOperand(GuestOpcode.Vmptrst),
            (6, false) when _repeat == 0 => WithOperand(GuestOpcode.Rdrand),
            (7, false) when _repeat == 0 => WithOperand(GuestOpcode.Rdseed),
            _ => default,
        };

    private GuestInstruction ThreeBytes()
    {
        var opcode = Next();
        if (!_hasOperandPrefix || _repeat != 0 || opcode is < 0x80 or > 0x82)
            return default;
        _modRm = Next();
        if (!IsMemory)
            return default;
        return WithOperand(
            opcode switch
            {
                0x80 => GuestOpcode.Invept,
                0x81 => GuestOpcode.Invvpid,
                _ => GuestOpcode.Invpcid,
            }
        );
    }

    // Always between registers, whatever bits 7:6 of ModR/M are.
    private GuestInstruction MoveControl(GuestOpcode opcode)
    {
        _modRm = (byte)(Next() | 0xC0);
        var instruction = WithOperand(opcode);
        var exists = opcode is GuestOpcode.MovToCr or GuestOpcode.MovFromCr
            ? instruction.Register is 0 or 2 or 3 or 4 or 8
            : instruction.Register < 8;
        return exists ? instruction : default;
    }

    private GuestInstruction Io(GuestOpcode opcode, byte first, byte? port)
    {
        var size =
            (first & 1) == 0 ? 1
            : (_mode == 16) != _hasOperandPrefix ? 2
            : 4;
        return Plain(opcode) with
        {
            OperandSize = size,
            ImmediatePort = port,
            // INS writes to ES always.
            Memory = new(opcode == GuestOpcode.Ins ? SegmentRegister.Es : _segment ?? SegmentRegister.Ds, -1, -1, 0, 0, false),
        };
    }

    private readonly GuestInstruction Plain(GuestOpcode opcode) =>
        new()
        {
            Opcode = opcode,
            Length = _at,
            OperandSize = OperandSize,
            AddressSize = AddressSize,
            IsRepeated = _repeat != 0,
        };

    private GuestInstruction WithOperand(GuestOpcode opcode)
    {
        var operand = Operand();
        return operand with { Opcode = opcode, Length = _at, OperandSize = OperandSize, AddressSize = AddressSize };
    }

    private GuestInstruction Operand()
    {
        var register = Extension | (_rex & 4) << 1;
        if (!IsMemory)
            return new()
            {
                Register = register,
                IsRegisterOperand = true,
                OtherRegister = (_modRm & 7) | (_rex & 1) << 3,
            };
        return new() { Register = register, Memory = AddressSize == 2 ? Operand16() : Operand32() };
    }

    private GuestMemoryOperand Operand16()
    {
        const int Bx = 3,
            Bp = 5,
            Si = 6,
            Di = 7;
        var (@base, index) = (_modRm & 7) switch
        {
            0 => (Bx, Si),
            1 => (Bx, Di),
            2 => (Bp, Si),
            3 => (Bp, Di),
            4 => (Si, -1),
            5 => (Di, -1),
            6 => (Bp, -1),
            _ => (Bx, -1),
        };
        var displacement = 0L;
        switch (_modRm >> 6)
        {
            case 0 when (_modRm & 7) == 6:
                @base = -1;
                displacement = (short)(Next() | Next() << 8);
                break;
            case 1:
                displacement = (sbyte)Next();
                break;
            case 2:
                displacement = (short)(Next() | Next() << 8);
                break;
        }
        return new(_segment ?? (@base == Bp ? SegmentRegister.Ss : SegmentRegister.Ds), @base, index, 0, displacement, false);
    }

    private GuestMemoryOperand Operand32()
    {
        var @base = (_modRm & 7) | (_rex & 1) << 3;
        var index = -1;
        var scale = 0;
        var low = _modRm & 7;
        if (low == 4)
        {
            var sib = Next();
            scale = sib >> 6;
            index = (sib >> 3 & 7) | (_rex & 2) << 2;
            if (index == 4)
                (index, scale) = (-1, 0);
            low = sib & 7;
            @base = low | (_rex & 1) << 3;
        }
        var displacement = 0L;
        var isRipRelative = false;
        switch (_modRm >> 6)
        {
            case 0 when low == 5:
                isRipRelative = _mode == 64 && (_modRm & 7) == 5;
                @base = -1;
                displacement = Next32();
                break;
            case 1:
                displacement = (sbyte)Next();
                break;
            case 2:
                displacement = Next32();
                break;
        }
        // Without prefix what RSP and RBP point to is in SS.
        var segment = _segment ?? (@base is 4 or 5 ? SegmentRegister.Ss : SegmentRegister.Ds);
        return new(segment, @base, index, scale, displacement, isRipRelative);
    }

    private int Next32()
    {
        Span<byte> bytes = [Next(), Next(), Next(), Next()];
        return BinaryPrimitives.ReadInt32LittleEndian(bytes);
    }

    private byte Next()
    {
        if (_at < _bytes.Length)
            return _bytes[_at++];
        _isTooShort = true;
        return 0;
    }
}
