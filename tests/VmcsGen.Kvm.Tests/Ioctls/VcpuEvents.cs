using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Ioctls;

public class VcpuEvents
{
    private const byte Port = 0x11;
    private const byte HandlerPort = 0x12;
    private const ulong Handler = 0x9000;

    [Fact]
    public void Injected_exception_is_delivered_before_the_next_instruction()
    {
        using var guest = CreateWithHandler(vector: 6);
        guest.Vcpu.GetVcpuEvents(out var events);
        events.Exception.Injected = 1;
        events.Exception.Nr = 6;

        guest.Vcpu.SetVcpuEvents(events);

        guest.Vcpu.GetVcpuEvents(out var back);
        Assert.Equal((1, 6, 0), (back.Exception.Injected, back.Exception.Nr, back.Exception.HasErrorCode));
        guest.RunToOut(HandlerPort);
        guest.RunToOut(Port);
    }

    [Fact]
    public void Injected_interrupt_is_delivered_before_the_next_instruction()
    {
        using var guest = CreateWithHandler(vector: 0x31);
        guest.Vcpu.GetVcpuEvents(out var events);
        events.Interrupt.Injected = 1;
        events.Interrupt.Nr = 0x31;

        guest.Vcpu.SetVcpuEvents(events);

        guest.Vcpu.GetVcpuEvents(out var back);
        Assert.Equal((1, 0x31, 0), (back.Interrupt.Injected, back.Interrupt.Nr, back.Interrupt.Soft));
        guest.RunToOut(HandlerPort);
        guest.RunToOut(Port);
    }

    [Fact]
    public void NMI_is_delivered_once_and_masked_until_its_IRET()
    {
        using var guest = CreateWithHandler(vector: 2);
        guest.Vcpu.GetVcpuEvents(out var events);
        events.Nmi.Pending = 1;
        events.Flags = KvmVcpuEventFlags.NmiPending;

        guest.Vcpu.SetVcpuEvents(events);
        guest.Vcpu.GetVcpuEvents(out var back);
        Assert.Equal((1, 0), (back.Nmi.Pending, back.Nmi.Masked));

        guest.RunToOut(HandlerPort);
        guest.Vcpu.GetVcpuEvents(out back);
        Assert.Equal((0, 1), (back.Nmi.Pending, back.Nmi.Masked));
        guest.RunToOut(Port);
        guest.Vcpu.GetVcpuEvents(out back);
        Assert.Equal((0, 0), (back.Nmi.Pending, back.Nmi.Masked));
    }

    [Fact]
    public void Queued_NMI_is_a_pending_one()
    {
        using var guest = CreateWithHandler(vector: 2);

        guest.Vcpu.Nmi();

        guest.Vcpu.GetVcpuEvents(out var events);
        Assert.Equal(1, events.Nmi.Pending);
        guest.RunToOut(HandlerPort);
    }

    [Fact]
    public void Interrupt_shadow_is_read_back()
    {
        using var guest = CreateWithHandler(vector: 2);
        guest.Vcpu.GetVcpuEvents(out var events);
        Assert.Equal(default, events.Interrupt.Shadow);
        events.Interrupt.Shadow = KvmInterruptShadow.Sti;
        events.Flags = KvmVcpuEventFlags.Shadow;

        guest.Vcpu.SetVcpuEvents(events);

        guest.Vcpu.GetVcpuEvents(out var back);
        Assert.NotEqual(default, back.Interrupt.Shadow);
    }

    [Fact]
    public void Pending_triple_fault_is_a_shutdown()
    {
        using var guest = Guest.Create(
            GuestMode.Real,
            static code => code.@out(Port, al),
            static vm => vm.EnableCap(KvmCapability.X86TripleFaultEvent, 1),
            KvmCapability.X86TripleFaultEvent
        );
        guest.Vcpu.GetVcpuEvents(out var events);
        events.TripleFault.Pending = 1;
        events.Flags = KvmVcpuEventFlags.TripleFault;

        guest.Vcpu.SetVcpuEvents(events);

        guest.Vcpu.GetVcpuEvents(out var back);
        Assert.Equal(1, back.TripleFault.Pending);
        guest.RunTo(KvmExitReason.Shutdown);
    }

    [Fact]
    public void Pending_exception_has_its_payload()
    {
        using var guest = Guest.Create(
            GuestMode.LongSupervisor,
            static code => code.@out(Port, al),
            static vm => vm.EnableCap(KvmCapability.ExceptionPayload, 1),
            KvmCapability.ExceptionPayload
        );
        guest.Vcpu.GetVcpuEvents(out var events);
        events.Exception.Pending = 1;
        events.Exception.Nr = 14;
        events.Exception.HasErrorCode = 1;
        events.Exception.ErrorCode = 0x1234_0002;
        events.ExceptionHasPayload = 1;
        events.ExceptionPayload = 0x1122_3344_5566;
        events.Flags = KvmVcpuEventFlags.Payload;

        guest.Vcpu.SetVcpuEvents(events);

        guest.Vcpu.GetVcpuEvents(out var back);
        var exception = back.Exception;
        Assert.Equal((1, 14, 1, 0x1234_0002u), (exception.Pending, exception.Nr, exception.HasErrorCode, exception.ErrorCode));
        Assert.Equal((1, 0x1122_3344_5566ul), (back.ExceptionHasPayload, back.ExceptionPayload));
        Assert.Equal(0, exception.Injected);
    }

    private static Guest CreateWithHandler(byte vector)
    {
        var guest = Guest.Create(GuestMode.Real, static code => code.@out(Port, al));
        guest.SetVector(vector, Handler);
        guest.Place(
            Handler,
            static code =>
            {
                code.@out(HandlerPort, al);
                code.iret();
            }
        );
        return guest;
    }
}
