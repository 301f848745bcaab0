using System;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Ioctls;

/// <summary>Exceptions that the VMM gives to the guest.</summary>
public class InjectedExceptions
{
    private const ulong Idt = 0xA000;
    private const ulong Gdt = 0xB000;
    private const ulong Handler = 0x9000;
    private const byte Port = 0x11;

    [Theory]
    [InlineData(KvmExceptionVector.GeneralProtection, 0x1234u)]
    [InlineData(KvmExceptionVector.SegmentNotPresent, 8u)]
    public void Error_code_is_pushed(KvmExceptionVector vector, uint errorCode)
    {
        using var guest = CreateLong(
            vector,
            static code =>
            {
                code.pop(rax);
                code.@out(Port, eax);
            }
        );

        guest.Vcpu.InjectException(vector, errorCode);

        Assert.Equal(errorCode, guest.RunToOut(Port));
    }

    [Fact]
    public void Exception_without_error_code_pushes_the_instruction_pointer_last()
    {
        using var guest = CreateLong(
            KvmExceptionVector.InvalidOpcode,
            static code =>
            {
                code.pop(rax);
                code.@out(Port, eax);
            }
        );

        guest.Vcpu.InjectException(KvmExceptionVector.InvalidOpcode);

        Assert.Equal((uint)Guest.CodeAddress, guest.RunToOut(Port));
    }

    [Fact]
    public void Page_fault_has_its_address_in_CR2()
    {
        using var guest = CreateLong(
            KvmExceptionVector.PageFault,
            static code =>
            {
                code.mov(rax, cr2);
                code.@out(Port, eax);
                code.pop(rax);
                code.@out(Port, eax);
            }
        );

        guest.Vcpu.InjectException(KvmExceptionVector.PageFault, 6, pageFaultAddress: 0x1234_5678);

        Assert.Equal(0x1234_5678u, guest.RunToOut(Port));
        Assert.Equal(6u, guest.RunToOut(Port));
    }

    [Fact]
    public void Real_mode_pushes_no_error_code()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        guest.SetVector(13, Handler);
        guest.Place(
            Handler,
            static code =>
            {
                code.pop(ax);
                code.@out(Port, ax);
            }
        );

        guest.Vcpu.InjectException(KvmExceptionVector.GeneralProtection, 0x1234);

        Assert.Equal((uint)Guest.CodeAddress, guest.RunToOut(Port));
    }

    [Fact]
    public void Second_exception_before_the_guest_ran_is_refused()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        guest.Vcpu.InjectException(KvmExceptionVector.InvalidOpcode);

        var refusal = Assert.Throws<InvalidOperationException>(() => guest.Vcpu.InjectException(KvmExceptionVector.Debug));

        Assert.Contains("InvalidOpcode", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_no_exception_has_is_refused()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        var vcpu = guest.Vcpu;

        Assert.Contains("give one", Refusal(() => vcpu.InjectException(KvmExceptionVector.GeneralProtection)), StringComparison.Ordinal);
        Assert.Contains(
            "pushes no error code",
            Refusal(() => vcpu.InjectException(KvmExceptionVector.InvalidOpcode, 0)),
            StringComparison.Ordinal
        );
        Assert.Contains("CR2", Refusal(() => vcpu.InjectException(KvmExceptionVector.PageFault, 0)), StringComparison.Ordinal);
        Assert.Contains(
            "no address",
            Refusal(() => vcpu.InjectException(KvmExceptionVector.InvalidOpcode, null, 5)),
            StringComparison.Ordinal
        );
        Assert.Contains("NMI", Refusal(() => vcpu.InjectException((KvmExceptionVector)2)), StringComparison.Ordinal);
        Assert.Contains("not 32", Refusal(() => vcpu.InjectException((KvmExceptionVector)32)), StringComparison.Ordinal);

        static string Refusal(Action use) => Assert.Throws<ArgumentException>(use).Message;
    }

    // A 64-bit interrupt gate that leads to the handler, and a GDT that its selector finds.
    private static Guest CreateLong(KvmExceptionVector vector, Action<Iced.Intel.Assembler> handler)
    {
        var guest = Guest.Create(GuestMode.LongSupervisor, static code => code.hlt());
        guest.Place(Handler, handler);
        guest.Memory.Write(Idt + 16 * (ulong)vector, 0x0000_8E00_0008_0000ul | Handler & 0xFFFF | (Handler >> 16 & 0xFFFF) << 48);
        guest.Memory.Write(Gdt + 8, 0x00AF_9B00_0000_FFFFul);
        guest.Vcpu.GetSregs(out var sregs);
        sregs.Idt = new KvmDtable { Base = Idt, Limit = 0xFFF };
        sregs.Gdt = new KvmDtable { Base = Gdt, Limit = 0xFFF };
        guest.Vcpu.SetSregs(sregs);
        return guest;
    }
}
