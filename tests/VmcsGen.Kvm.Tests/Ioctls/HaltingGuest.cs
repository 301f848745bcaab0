using VmcsGen.Kvm.Tests.Testing;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Ioctls;

/// <summary>A guest that sets up the master PIC with one line open, says so, and halts with interrupts on.</summary>
internal static class HaltingGuest
{
    public const byte ReadyPort = 0xE0;

    /// <summary>Where the handler of the interrupt says that it was called.</summary>
    public const byte HandlerPort = 0xE1;

    /// <summary>The vector of line 0.</summary>
    public const byte FirstVector = 0x20;

    /// <summary>The open line.</summary>
    public const uint Line = 4;

    private const ulong Handler = 0x9000;

    public static Guest Create(KvmCapability also = KvmCapability.Irqchip)
    {
        var guest = Guest.Create(
            GuestMode.Real,
            static code =>
            {
                foreach (
                    var (port, value) in new (byte Port, byte Value)[]
                    {
                        (0x20, 0x11),
                        (0x21, FirstVector),
                        (0x21, 0x04),
                        (0x21, 0x01),
                        (0x21, unchecked((byte)~(1 << (int)Line))),
                    }
                )
                {
                    code.mov(al, value);
                    code.@out(port, al);
                }
                var loop = code.CreateLabel();
                code.@out(ReadyPort, al);
                code.sti();
                code.Label(ref loop);
                code.hlt();
                code.jmp(loop);
            },
            static vm => vm.CreateIrqchip(),
            KvmCapability.Irqchip,
            also
        );
        guest.SetVector((byte)(FirstVector + Line), Handler);
        guest.Place(Handler, static code => code.@out(HandlerPort, al));
        return guest;
    }
}
