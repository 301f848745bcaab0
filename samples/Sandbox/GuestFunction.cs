using System.IO;
using Iced.Intel;
using VmcsGen.Kvm;
using static Iced.Intel.AssemblerRegisters;

namespace SandboxSample;

/// <summary>
/// A function that is not trusted, in real mode: it hashes the bytes that it is given. It keeps a secret of each call, the first bytes of
/// its input, in memory and in registers, and looks for what it kept before.
/// </summary>
internal static class GuestFunction
{
    public const uint MemorySize = 0x1_0000;
    public const ulong InputAddress = 0x4000;
    public const ulong SecretAddress = 0x8000;
    public const byte FoundPort = 0x10;
    public const byte AnswerPort = 0x11;

    private const ushort CodeAddress = 0x1000;
    private const uint Prime = 16777619;
    private const uint Basis = 2166136261;

    /// <summary>The same in C#: FNV-1a.</summary>
    public static uint Expected(byte[] input)
    {
        var hash = Basis;
        foreach (var one in input)
            hash = (hash ^ one) * Prime;
        return hash;
    }

    /// <summary>A VM that is about to call the function, with nothing of a caller's in it.</summary>
    public static VmState Prepare(KvmHost host)
    {
        using var vm = host.CreateVm();
        using var memory = GuestMemory.Allocate(MemorySize);
        vm.MapMemory(0, memory);
        memory.Write(CodeAddress, Code());
        using var vcpu = vm.CreateVcpu(0);
        vcpu.StartInRealMode(cs: 0, ip: CodeAddress, sp: 0xF000);
        return VmState.Capture(host, vm, vcpu);
    }

    // ESI points to the input and ECX is its length. EBP holds the secret of the call before, if it survived.
    private static byte[] Code()
    {
        var code = new Assembler(16);
        var start = code.CreateLabel();
        var next = code.CreateLabel();

        code.Label(ref start);
        code.mov(eax, __dword_ptr[(int)SecretAddress]);
        code.or(eax, ebp);
        code.@out(FoundPort, eax); // What was found of an earlier call.
        code.mov(ebp, __dword_ptr[esi]);
        code.mov(__dword_ptr[(int)SecretAddress], ebp);
        code.mov(eax, unchecked((int)Basis));
        code.Label(ref next);
        code.movzx(ebx, __byte_ptr[esi]);
        code.xor(eax, ebx);
        code.imul(eax, eax, (int)Prime);
        code.inc(esi);
        code.dec(ecx);
        code.jnz(next);
        code.@out(AnswerPort, eax);
        code.jmp(start); // For a caller that does not take a fresh guest.

        using var bytes = new MemoryStream();
        code.Assemble(new StreamCodeWriter(bytes), CodeAddress);
        return bytes.ToArray();
    }
}
