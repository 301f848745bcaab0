using VmcsGen.Vmx;

namespace BareMetal;

/// <summary>What guests ask of the hypervisor by VMCALL: a number in EAX, an argument in EBX (<c>Guests/guest.inc</c>).</summary>
internal static class Hypercalls
{
    private const uint Done = 0;
    private const uint Interrupted = 1;
    private const uint Remembered = 2;

    public static void Handle(ref Guest guest, in Vmcs<ProcessorVmcs> vmcs)
    {
        var argument = (uint)guest.Registers.Rbx;
        switch ((uint)guest.Registers.Rax)
        {
            case Done:
                Serial.Line("  VMCALL: it is done.");
                guest.IsDone = true;
                break;
            case Interrupted:
                Serial.Line($"  VMCALL: its handler took interrupt 0x{argument:X}.");
                guest.Interrupts++;
                if (argument == Interrupts.Wake)
                    Interrupts.Arrange(vmcs);
                break;
            case Remembered:
                Serial.Line($"  VMCALL: the new page holds 0x{argument:X}.");
                break;
            default:
                guest.Trouble = "It asks for what this hypervisor does not do.";
                break;
        }
        Interrupts.Skip(vmcs);
    }
}
