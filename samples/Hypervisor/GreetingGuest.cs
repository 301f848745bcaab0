using System;
using System.Buffers.Binary;
using System.IO;
using System.Text;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Hypervisor;

/// <summary>Real-mode code that asks CPUID for the vendor, writes it to a port, letter by letter, and halts.</summary>
internal static class GreetingGuest
{
    public const ushort Start = 0x7C00;
    public const ulong MemorySize = 0x10_0000;
    public const ushort Port = 0xE9;
    public const string Greeting = "VMX in C# :)";

    /// <summary>What the hypervisor answers CPUID leaf 0 with: EBX, EDX and ECX are the letters, in this order.</summary>
    public static (ulong Ebx, ulong Edx, ulong Ecx) Vendor => (Letters(0), Letters(4), Letters(8));

    public static byte[] Code()
    {
        var code = new Assembler(16);
        code.xor(eax, eax);
        code.cpuid();
        foreach (var register in (ReadOnlySpan<AssemblerRegister32>)[ebx, edx, ecx])
        {
            for (var letter = 0; letter < 4; letter++)
            {
                code.mov(eax, register);
                code.shr(eax, (byte)(8 * letter));
                code.@out((byte)Port, al);
            }
        }
        code.hlt();
        using var stream = new MemoryStream();
        code.Assemble(new StreamCodeWriter(stream), Start);
        return stream.ToArray();
    }

    private static uint Letters(int first) => BinaryPrimitives.ReadUInt32LittleEndian(Encoding.ASCII.GetBytes(Greeting).AsSpan(first));
}
