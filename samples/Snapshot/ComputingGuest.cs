using System;
using System.IO;
using System.Threading;
using Iced.Intel;
using VmcsGen.Kvm;
using static Iced.Intel.AssemblerRegisters;

namespace SnapshotSample;

/// <summary>A guest in real mode that mixes numbers, tells its progress now and then, and at the end the result.</summary>
internal static class ComputingGuest
{
    public const uint MemorySize = 0x10000;

    private const ushort CodeAddress = 0x1000;
    private const ushort TableAddress = 0x4000;
    private const byte ProgressPort = 0x10;
    private const byte ResultPort = 0x11;
    private const uint Steps = 1_000_000;
    private const uint StepsPerReport = 0x4000;
    private const uint Multiplier = 1664525;
    private const uint Increment = 1013904223;

    /// <summary>The same in C#.</summary>
    public static uint Expected
    {
        get
        {
            var table = new uint[1024];
            uint number = 1, sum = 0;
            for (var step = Steps; step > 0; step--)
            {
                number = number * Multiplier + Increment;
                ref var entry = ref table[number >> 22];
                entry += number;
                sum = uint.RotateLeft(sum ^ entry, 5);
            }
            return sum;
        }
    }

    public static void Start(KvmVcpu vcpu, GuestMemory memory)
    {
        memory.Write(CodeAddress, Code());
        vcpu.GetSregs(out var sregs);
        sregs.Cs.Base = sregs.Cs.Selector = 0;
        vcpu.SetSregs(sregs);
        vcpu.SetRegs(new KvmRegs { Rip = CodeAddress, Rflags = 2, Rax = 1, Rcx = Steps });
    }

    /// <summary>Runs to the result; null if the guest was stopped before, some time after so many reports.</summary>
    public static uint? Run(KvmVcpu vcpu, int stopAfter = 0)
    {
        var isStopped = false;
        while (true)
        {
            var exit = vcpu.Run();
            switch (exit.Reason)
            {
                case KvmExitReason.Io when exit.Io.Port == ProgressPort:
                    // From another thread, as a VMM would do it: the kick meets the guest anywhere.
                    if (--stopAfter == 0)
                        ThreadPool.UnsafeQueueUserWorkItem(_ => { Volatile.Write(ref isStopped, true); vcpu.Kick(); }, null);
                    break;
                case KvmExitReason.Io when exit.Io.Port == ResultPort:
                    return exit.Io.Value;
                case KvmExitReason.Intr when Volatile.Read(ref isStopped):
                    return null;
                case KvmExitReason.Intr:
                    break;
                default:
                    throw new InvalidOperationException($"The guest did something that was not expected of it: {exit.ToString()}");
            }
        }
    }

    private static byte[] Code()
    {
        var code = new Assembler(16);
        var step = code.CreateLabel();
        var next = code.CreateLabel();

        code.xor(esi, esi); // The sum; EAX is the number, ECX counts down to 0.
        code.Label(ref step);
        code.imul(eax, eax, (int)Multiplier);
        code.add(eax, (int)Increment);
        code.mov(ebx, eax);
        code.shr(ebx, 22);
        code.shl(bx, 2);
        code.add(__dword_ptr[bx + TableAddress], eax);
        code.xor(esi, __dword_ptr[bx + TableAddress]);
        code.rol(esi, 5);
        code.test(ecx, (int)StepsPerReport - 1);
        code.jnz(next);
        code.@out(ProgressPort, al);
        code.Label(ref next);
        code.dec(ecx);
        code.jnz(step);
        code.mov(eax, esi);
        code.@out(ResultPort, eax);

        using var bytes = new MemoryStream();
        code.Assemble(new StreamCodeWriter(bytes), CodeAddress);
        return bytes.ToArray();
    }
}
