using VmcsGen.Kvm.Tests.Interrupts;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Exits;

/// <summary>Accesses to the task-priority register of the APIC in the kernel, which KVM reports if it is asked to.</summary>
public class TaskPriorityAccessTests
{
    private const int TaskPriority = 0x80;

    [Fact]
    public void Access_is_reported_with_its_instruction_and_still_done()
    {
        ulong writeAt = 0;
        ulong readAt = 0;
        using var guest = Guest.Create(
            GuestMode.Real,
            static code =>
            {
                code.mov(eax, 0x30);
                code.mov(__dword_ptr.gs[TaskPriority], eax);
                code.mov(ebx, __dword_ptr.gs[TaskPriority]);
                code.mov(eax, ebx);
                code.@out(GuestPrograms.Port, eax);
            },
            static vm => vm.CreateIrqchip(),
            KvmCapability.Vapic
        );
        guest.Vcpu.EnableLocalApic();
        KvmTprAccessCtl control = new() { Enabled = 1 };
        guest.Vcpu.TprAccessReporting(ref control);

        var exit = guest.Run();
        Assert.SkipWhen(exit.Reason == KvmExitReason.Io, "The processor carries out accesses to the APIC without KVM.");
        Assert.Equal(KvmExitReason.TprAccess, exit.Reason);
        Assert.Equal(1u, exit.TprAccess.IsWrite);
        writeAt = exit.TprAccess.Rip;
        Assert.Equal($"TprAccess: write by the instruction at 0x{writeAt:X}", exit.ToString());
        exit = guest.RunTo(KvmExitReason.TprAccess);
        Assert.Equal(0u, exit.TprAccess.IsWrite);
        readAt = exit.TprAccess.Rip;

        // MOV EAX takes 6 bytes in real mode.
        Assert.Equal(Guest.CodeAddress + 6, writeAt);
        Assert.InRange(readAt, writeAt + 1, guest.CodeEnd);
        Assert.Equal(0x30u, guest.RunToOut(GuestPrograms.Port));
    }
}
