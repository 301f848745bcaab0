using System;
using System.IO;
using Iced.Intel;
using VmcsGen.Kvm;

namespace QuickStart;

/// <summary>What both guests need: machine code from Iced, and a run loop that answers what the guest asks.</summary>
internal static class Guest
{
    /// <summary>The port at which a guest reads its first operand.</summary>
    public const ushort OperandPort = 0x10;

    /// <summary>The port to which a guest writes when it has finished.</summary>
    public const ushort DonePort = 0x11;

    public static byte[] Assemble(Assembler code, ulong address)
    {
        using var stream = new MemoryStream();
        code.Assemble(new StreamCodeWriter(stream), address);
        return stream.ToArray();
    }

    /// <summary>Runs until the guest is done; hands out the operands and returns what the guest stored at the MMIO address.</summary>
    public static ulong? RunToResult(KvmVcpu vcpu, ushort firstOperand, ushort secondOperand, ulong mmioAddress)
    {
        ulong result = 0;
        while (true)
        {
            var exit = vcpu.Run();
            Console.WriteLine($"  {exit.ToString()}");
            switch (exit.Reason)
            {
                case KvmExitReason.Io when exit.Io is { Direction: KvmIoDirection.In, Port: OperandPort }:
                    exit.Io.Answer(firstOperand);
                    break;
                case KvmExitReason.Mmio when !exit.Mmio.IsWrite && exit.Mmio.Address == mmioAddress:
                    exit.Mmio.Answer(secondOperand);
                    break;
                case KvmExitReason.Mmio when exit.Mmio.IsWrite:
                    // An access can come in parts: each goes to its place in the result.
                    var mmio = exit.Mmio;
                    result |= mmio.Value << (int)(8 * (mmio.Address - mmioAddress));
                    break;
                case KvmExitReason.Io when exit.Io.Port == DonePort:
                    return result;
                case KvmExitReason.Intr:
                    break;
                default:
                    Console.WriteLine("  The guest did something that was not expected of it; giving up.");
                    return null;
            }
        }
    }

    public static bool Report(string what, ulong? fromGuest, ulong expected)
    {
        Console.WriteLine(
            $"  {what} = {fromGuest?.ToString() ?? "nothing"} says the guest; {(fromGuest == expected ? "right" : $"WRONG, it is {expected}")}."
        );
        return fromGuest == expected;
    }
}
