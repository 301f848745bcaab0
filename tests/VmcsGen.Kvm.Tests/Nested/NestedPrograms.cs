using System;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Nested;

/// <summary>What guest hypervisors and their guests have in common: where they are in memory, and what they do.</summary>
internal static class NestedPrograms
{
    /// <summary>Where the nested guest counts. Its hypervisor does not see that.</summary>
    public const byte CountPort = 0x11;

    /// <summary>Where the hypervisor reports the exit of its guest.</summary>
    public const byte ExitPort = 0x12;

    /// <summary>Where the hypervisor reports that it could not enter its guest.</summary>
    public const byte FailurePort = 0x13;

    /// <summary>The control structure of the nested guest.</summary>
    public const ulong ControlStructure = 0x4_0000;

    /// <summary>A page for the processor: the host's save area of SVM, the VMXON region of VMX.</summary>
    public const ulong ProcessorPage = 0x4_1000;

    /// <summary>Code of the nested guest.</summary>
    public const ulong NestedCode = 0x5_0000;

    /// <summary>Where the nested guest's stack begins.</summary>
    public const ulong NestedStack = 0x5_F000;

    /// <summary>How far the nested guest counts before it calls its hypervisor.</summary>
    public const uint LastCount = 5;

    /// <summary>Counts, one OUT each, and calls the hypervisor when it is done.</summary>
    public static void CountAndCall(Assembler code, Action<Assembler> call)
    {
        var next = code.CreateLabel();
        code.xor(ebx, ebx);
        code.Label(ref next);
        code.inc(ebx);
        code.mov(eax, ebx);
        code.@out(CountPort, eax);
        code.cmp(ebx, (int)LastCount);
        code.jb(next);
        call(code);
    }
}
