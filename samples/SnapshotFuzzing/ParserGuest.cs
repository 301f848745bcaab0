using System;
using System.Collections.Generic;
using System.IO;
using Iced.Intel;
using VmcsGen.Kvm;
using static Iced.Intel.AssemblerRegisters;

namespace SnapshotFuzzing;

/// <summary>
/// A parser in real mode that takes a message apart: "VM", a version, then records of a type, a length and a payload. The bug: the average
/// of a record of type 3 is a division by a byte of the message.
/// </summary>
internal sealed class ParserGuest
{
    public const uint MemorySize = 0x1_0000;
    public const ulong InputAddress = 0x4000;
    public const int LongestInput = 64;
    public const byte EndPort = 0x10;
    public const byte CrashPort = 0x11;

    private const ushort CodeAddress = 0x1000;
    private const ushort FaultHandler = 0x0F00;
    private const ushort Sum = 0x6000;

    private readonly byte[] _code;

    public ParserGuest()
    {
        var code = new Assembler(16);
        List<Label> blocks = [];
        Write(code, blocks);
        using var bytes = new MemoryStream();
        var result = code.Assemble(new StreamCodeWriter(bytes), CodeAddress, BlockEncoderOptions.ReturnNewInstructionOffsets);
        _code = bytes.ToArray();
        foreach (var block in blocks)
            Blocks.Add(result.GetLabelRIP(block));
    }

    /// <summary>Where the basic blocks begin.</summary>
    public List<ulong> Blocks { get; } = [];

    /// <summary>A VM that is about to parse; ECX is to have the length of the message.</summary>
    public void Start(KvmVm vm, KvmVcpu vcpu)
    {
        using var memory = GuestMemory.Allocate(MemorySize);
        vm.MapMemory(0, memory);
        memory.Write(CodeAddress, _code);
        // Each fault of the processor ends in OUT to the port of crashes.
        memory.Write(FaultHandler, [0xE6, CrashPort, 0xF4]);
        for (uint vector = 0; vector < 32; vector++)
            memory.Write(vector * 4, (uint)FaultHandler);
        vcpu.StartInRealMode(cs: 0, ip: CodeAddress, sp: 0xF000);
    }

    private static void Write(Assembler code, List<Label> blocks)
    {
        var reject = code.CreateLabel();
        var record = code.CreateLabel();
        var end = code.CreateLabel();
        var next = code.CreateLabel();
        var isSum = code.CreateLabel();
        var add = code.CreateLabel();
        var isAverage = code.CreateLabel();

        void Block() => Mark(code.CreateLabel());
        void Mark(Label label)
        {
            code.Label(ref label);
            blocks.Add(label);
        }

        // SI is where the parser is, DI is where the message ends.
        code.mov(si, (short)InputAddress);
        code.mov(di, si);
        code.add(di, cx);
        code.cmp(__byte_ptr[si], (sbyte)'V');
        code.jne(reject);
        Block();
        code.cmp(__byte_ptr[si + 1], (sbyte)'M');
        code.jne(reject);
        Block();
        code.cmp(__byte_ptr[si + 2], 3);
        code.ja(reject);
        Block();
        code.add(si, 3);

        Mark(record);
        code.lea(bx, __[si + 2]);
        code.cmp(bx, di);
        code.ja(end);
        Block();
        code.movzx(cx, __byte_ptr[si + 1]);
        code.add(bx, cx);
        code.cmp(bx, di);
        code.ja(reject);
        Block();
        code.mov(al, __byte_ptr[si]);
        code.cmp(al, 1);
        code.je(isSum);
        Block();
        code.cmp(al, 3);
        code.je(isAverage);
        Block();
        code.cmp(al, 2);
        code.jne(reject);
        Mark(next);
        code.mov(si, bx);
        code.jmp(record);

        Mark(isSum);
        code.jcxz(next);
        Mark(add);
        code.mov(al, __byte_ptr[si + 2]);
        code.add(__byte_ptr[Sum], al);
        code.inc(si);
        code.loop(add);
        Block();
        code.jmp(next);

        Mark(isAverage);
        code.cmp(cx, 4);
        code.jne(next);
        Block();
        code.mov(ax, __word_ptr[si + 2]);
        code.div(__byte_ptr[si + 5]);
        code.mov(__byte_ptr[Sum], al);
        code.jmp(next);

        Mark(reject);
        code.mov(al, 0);
        code.@out(EndPort, al);
        Mark(end);
        code.mov(al, 1);
        code.@out(EndPort, al);
    }
}
