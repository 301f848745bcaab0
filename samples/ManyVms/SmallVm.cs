using System;
using System.IO;
using Iced.Intel;
using VmcsGen.Kvm;
using static Iced.Intel.AssemblerRegisters;

namespace ManyVms;

/// <summary>
/// A VM of one page whose guest reads a number from a port, calculates the next of a pseudo-random sequence and writes it to
/// another, for ever. The VMM hands each number back to it.
/// </summary>
internal sealed class SmallVm : IDisposable
{
    public const int MemorySize = GuestMemory.PageSize;

    private const byte NumberPort = 0x10;
    private const byte NextPort = 0x11;

    // A linear congruential generator: next = Factor x number + Increment, modulo 2^32.
    private const uint Factor = 1_664_525;
    private const uint Increment = 1_013_904_223;

    private static readonly byte[] s_code = Code();

    private readonly KvmVm _vm;
    private readonly GuestMemory _memory;
    private readonly KvmVcpu _vcpu;
    private readonly int _rounds;

    public SmallVm(KvmHost host, uint number, int rounds)
    {
        Number = number;
        _rounds = rounds;
        _vm = host.CreateVm();
        _memory = GuestMemory.Allocate(MemorySize);
        _memory.Write(0, s_code);
        _vm.MapMemory(0, _memory);
        _vcpu = _vm.CreateVcpu(0);
        _vcpu.GetSregs(out var sregs);
        sregs.Cs.Base = sregs.Cs.Selector = 0;
        _vcpu.SetSregs(sregs);
        _vcpu.SetRegs(new KvmRegs { Rflags = 2 });
    }

    /// <summary>The VM's number, with which its sequence begins.</summary>
    public uint Number { get; }

    public long Exits { get; private set; }

    /// <summary>The last number of the guest; null if it did not get there.</summary>
    public uint? Result { get; private set; }

    /// <summary>Why it did not.</summary>
    public string? Failure { get; private set; }

    public uint Expected
    {
        get
        {
            var number = Number;
            for (var round = 0; round < _rounds; round++)
                number = unchecked(Factor * number + Increment);
            return number;
        }
    }

    /// <summary>Runs the guest for its rounds, on the calling thread.</summary>
    public void Run()
    {
        var number = Number;
        for (var round = 0; round < _rounds; )
        {
            var exit = _vcpu.Run();
            Exits++;
            switch (exit.Reason)
            {
                case KvmExitReason.Io when exit.Io is { Direction: KvmIoDirection.In, Port: NumberPort }:
                    exit.Io.Answer(number);
                    break;
                case KvmExitReason.Io when exit.Io is { Direction: KvmIoDirection.Out, Port: NextPort }:
                    number = exit.Io.Value;
                    round++;
                    break;
                case KvmExitReason.Intr:
                    break;
                default:
                    Failure = exit.ToString();
                    return;
            }
        }
        Result = number;
    }

    public void Dispose()
    {
        _vcpu.Dispose();
        _vm.Dispose();
        _memory.Dispose();
    }

    private static byte[] Code()
    {
        var code = new Assembler(16);
        var loop = code.CreateLabel();
        code.Label(ref loop);
        code.@in(eax, NumberPort);
        code.imul(eax, eax, unchecked((int)Factor));
        code.add(eax, Increment);
        code.@out(NextPort, eax);
        code.jmp(loop);
        using var stream = new MemoryStream();
        code.Assemble(new StreamCodeWriter(stream), 0);
        return stream.ToArray();
    }
}
