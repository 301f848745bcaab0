using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Exits;

/// <summary>The hypercall of KVM's own interface that the VMM can have for itself.</summary>
public class HypercallTests
{
    private const int MapGpaRange = 12; // KVM_HC_MAP_GPA_RANGE
    private const ulong Range = 0x20_0000;
    private const ulong Private = 1 << 4;

    [Fact]
    public void Hypercall_is_the_VMM_s_once_that_is_enabled_and_gets_its_answer()
    {
        using var guest = Guest.Create(
            GuestMode.LongSupervisor,
            static code =>
            {
                code.mov(eax, MapGpaRange);
                code.mov(ebx, (uint)Range);
                code.mov(ecx, 3);
                code.mov(edx, (uint)Private);
                code.vmcall(); // KVM puts the processor's own instruction in its place.
                code.@out(GuestPrograms.Port, eax);
            },
            static vm => vm.EnableCap(KvmCapability.ExitHypercall, 1 << MapGpaRange),
            KvmCapability.ExitHypercall,
            KvmCapability.NestedState // A KVM that works without the processor's help does not return from the instruction.
        );

        var exit = guest.RunTo(KvmExitReason.Hypercall);
        Assert.Equal((ulong)MapGpaRange, exit.Hypercall.Number);
        Assert.Equal([Range, 3, Private], exit.Hypercall.Arguments[..3].ToArray());
        exit.Hypercall.Answer(0x55);

        Assert.Equal(0x55u, guest.RunToOut(GuestPrograms.Port));
    }
}
