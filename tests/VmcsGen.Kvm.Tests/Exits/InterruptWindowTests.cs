using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Exits;

/// <summary>For VMMs with an interrupt controller of their own: when the guest can take an interrupt, and injecting one.</summary>
public class InterruptWindowTests
{
    private const byte Port = 0x11;
    private const byte HandlerPort = 0x12;
    private const byte Vector = 0x31;
    private const ulong Handler = 0x9000;

    [Fact]
    public void Window_opens_when_the_guest_enables_interrupts_and_an_interrupt_can_be_injected_then()
    {
        using var guest = Guest.Create(
            GuestMode.Real,
            static code =>
            {
                var loop = code.CreateLabel();
                code.cli();
                code.@out(Port, al);
                code.sti();
                code.Label(ref loop);
                code.nop();
                code.jmp(loop);
            }
        );
        guest.SetVector(Vector, Handler);
        guest.Place(Handler, static code => code.@out(HandlerPort, al));

        var exit = guest.RunTo(KvmExitReason.Io);
        Assert.False(exit.IsInterruptFlagSet);
        Assert.False(exit.IsReadyForInterruptInjection);
        exit.RunPage.RequestInterruptWindow = 1;

        exit = guest.RunTo(KvmExitReason.IrqWindowOpen);
        Assert.True(exit.IsInterruptFlagSet);
        Assert.True(exit.IsReadyForInterruptInjection);
        exit.RunPage.RequestInterruptWindow = 0;
        guest.Vcpu.Interrupt(new KvmInterrupt { Irq = Vector });

        Assert.False(guest.RunTo(KvmExitReason.Io).IsInterruptFlagSet);
        Assert.Equal(HandlerPort, guest.Vcpu.RunPage.Io.Port);
    }
}
