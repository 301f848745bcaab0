using System;
using System.Collections.Generic;
using System.IO;
using Iced.Intel;
using VmcsGen.Kvm;
using static Iced.Intel.AssemblerRegisters;

namespace Debugger;

/// <summary>32-bit code without paging that calculates a greatest common divisor and writes it to a port.</summary>
internal sealed class GcdGuest : IDisposable
{
    public const uint Result = 21;

    private const uint A = 1071;
    private const uint B = 462;
    private const ulong Start = 0x1000;
    private const ulong StackTop = 0x3000;
    private const byte ResultPort = 0x11;

    private readonly KvmVm _vm;
    private readonly GuestMemory _memory;

    public GcdGuest(KvmHost host)
    {
        _vm = host.CreateVm();
        _memory = GuestMemory.Allocate(0x4000);
        _vm.MapMemory(0, _memory);
        _memory.Write(Start, Code());
        Vcpu = _vm.CreateVcpu(0);

        Vcpu.GetSregs(out var sregs);
        sregs.Cr0 |= 1; // PE
        sregs.Cs = Segment(selector: 0x08, type: 0xB);
        sregs.Ds = sregs.Es = sregs.Ss = Segment(selector: 0x10, type: 0x3);
        Vcpu.SetSregs(sregs);
        Vcpu.SetRegs(
            new KvmRegs
            {
                Rip = Start,
                Rsp = StackTop,
                Rflags = 2,
            }
        );
    }

    public KvmVcpu Vcpu { get; }

    /// <summary>Where what the code calls its places is; also the end, behind the code.</summary>
    public Dictionary<string, ulong> Symbols { get; } = [];

    public void Dispose()
    {
        Vcpu.Dispose();
        _vm.Dispose();
        _memory.Dispose();
    }

    private byte[] Code()
    {
        var code = new Assembler(32);
        var (gcd, done) = (code.CreateLabel("gcd"), code.CreateLabel("done"));
        code.mov(eax, A);
        code.mov(ebx, B);
        code.call(gcd);
        code.@out(ResultPort, eax);
        code.hlt();

        code.Label(ref gcd); // EAX = the greatest common divisor of EAX and EBX, by Euclid.
        code.test(ebx, ebx);
        code.jz(done);
        code.xor(edx, edx);
        code.div(ebx);
        code.mov(eax, ebx);
        code.mov(ebx, edx);
        code.jmp(gcd);
        code.Label(ref done);
        code.ret();

        using var stream = new MemoryStream();
        var assembled = code.Assemble(new StreamCodeWriter(stream), Start, BlockEncoderOptions.ReturnNewInstructionOffsets);
        Symbols["start"] = Start;
        Symbols["gcd"] = assembled.GetLabelRIP(gcd);
        Symbols["done"] = assembled.GetLabelRIP(done);
        Symbols["end"] = Start + (ulong)stream.Length;
        Symbols["stack"] = StackTop - 16;
        return stream.ToArray();
    }

    private static KvmSegment Segment(ushort selector, byte type) =>
        new()
        {
            Limit = 0xFFFF_FFFF,
            Selector = selector,
            Type = type,
            Present = 1,
            S = 1,
            G = 1,
            Db = 1,
        };
}
