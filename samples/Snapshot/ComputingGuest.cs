using System;
using System.IO;
using System.Threading;
using Iced.Intel;
using VmcsGen.Kvm;
using static Iced.Intel.AssemblerRegisters;

namespace SnapshotSample;

/// <summary>
/// A guest in real mode that mixes numbers, asks now and then whether to go on, and in the end tells the result and how many steps it took.
/// So it can be stopped in the midst of its work however fast it is.
/// </summary>
internal static class ComputingGuest
{
    public const uint MemorySize = 0x10000;

    private const ushort CodeAddress = 0x1000;
    private const ushort TableAddress = 0x4000;
    private const byte QuestionPort = 0x10;
    private const byte StepsPort = 0x11;
    private const byte ResultPort = 0x12;
    private const uint StepsPerQuestion = 0x4000;
    private const uint Multiplier = 1664525;
    private const uint Increment = 1013904223;

    /// <summary>The same in C#.</summary>
    public static uint Expected(uint steps)
    {
        var table = new uint[1024];
        uint number = 1,
            sum = 0;
        for (var step = 0u; step < steps; step++)
        {
            number = number * Multiplier + Increment;
            ref var entry = ref table[number >> 22];
            entry += number;
            sum = uint.RotateLeft(sum ^ entry, 5);
        }
        return sum;
    }

    public static void Start(KvmVcpu vcpu, GuestMemory memory)
    {
        memory.Write(CodeAddress, Code());
        vcpu.GetSregs(out var sregs);
        sregs.Cs.Base = sregs.Cs.Selector = 0;
        vcpu.SetSregs(sregs);
        vcpu.SetRegs(
            new KvmRegs
            {
                Rip = CodeAddress,
                Rflags = 2,
                Rax = 1,
            }
        );
    }

    /// <summary>Lets the guest answer some questions, and stops it somewhere after them.</summary>
    public static void RunAndStop(KvmVcpu vcpu, int questions)
    {
        var isStopped = false;
        while (!Volatile.Read(ref isStopped))
        {
            var exit = vcpu.Run();
            if (exit.Reason == KvmExitReason.Intr)
                continue;
            AnswerYes(exit);
            // From another thread, as a VMM would do it: the kick meets the guest anywhere.
            if (--questions == 0)
                ThreadPool.UnsafeQueueUserWorkItem(
                    _ =>
                    {
                        Volatile.Write(ref isStopped, true);
                        vcpu.Kick();
                    },
                    null
                );
        }
    }

    /// <summary>Lets the guest answer some questions, and then finish.</summary>
    public static (uint Steps, uint Result) RunToResult(KvmVcpu vcpu, int questions)
    {
        var steps = 0u;
        while (true)
        {
            var exit = vcpu.Run();
            switch (exit.Reason)
            {
                case KvmExitReason.Intr:
                    break;
                case KvmExitReason.Io when exit.Io.Port == StepsPort:
                    steps = exit.Io.Value;
                    break;
                case KvmExitReason.Io when exit.Io.Port == ResultPort:
                    return (steps, exit.Io.Value);
                default:
                    AnswerYes(exit, questions-- > 0);
                    break;
            }
        }
    }

    private static void AnswerYes(KvmExit exit, bool isYes = true)
    {
        if (exit.Reason != KvmExitReason.Io || exit.Io.Port != QuestionPort)
            throw new InvalidOperationException($"The guest did something that was not expected of it: {exit.ToString()}");
        exit.Io.Answer(isYes ? 1u : 0u);
    }

    private static byte[] Code()
    {
        var code = new Assembler(16);
        var step = code.CreateLabel();

        code.xor(esi, esi); // The sum; EAX is the number, ECX counts the steps.
        code.xor(ecx, ecx);
        code.Label(ref step);
        code.imul(eax, eax, (int)Multiplier);
        code.add(eax, (int)Increment);
        code.mov(ebx, eax);
        code.shr(ebx, 22);
        code.shl(bx, 2);
        code.add(__dword_ptr[bx + TableAddress], eax);
        code.xor(esi, __dword_ptr[bx + TableAddress]);
        code.rol(esi, 5);
        code.inc(ecx);
        code.test(ecx, (int)StepsPerQuestion - 1);
        code.jnz(step);
        code.mov(edi, eax);
        code.@in(al, QuestionPort); // Go on?
        code.test(al, al);
        code.mov(eax, edi);
        code.jnz(step);
        code.mov(eax, ecx);
        code.@out(StepsPort, eax);
        code.mov(eax, esi);
        code.@out(ResultPort, eax);

        using var bytes = new MemoryStream();
        code.Assemble(new StreamCodeWriter(bytes), CodeAddress);
        return bytes.ToArray();
    }
}
