using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Ioctls;

public class MultiprocessingState
{
    [Fact]
    public void First_vCPU_is_runnable_and_the_others_wait_for_INIT()
    {
        using var guest = CreateWithIrqchip();
        using var second = guest.Vm.CreateVcpu(1);

        Assert.Equal(KvmMultiprocessingState.Runnable, StateOf(guest.Vcpu));
        Assert.Equal(KvmMultiprocessingState.Uninitialized, StateOf(second));
    }

    [Theory]
    [InlineData(KvmMultiprocessingState.Runnable)]
    [InlineData(KvmMultiprocessingState.Uninitialized)]
    [InlineData(KvmMultiprocessingState.InitReceived)]
    [InlineData(KvmMultiprocessingState.Halted)]
    public void State_that_was_set_is_read_back(KvmMultiprocessingState state)
    {
        using var guest = CreateWithIrqchip();

        guest.Vcpu.SetMpState(new KvmMpState { MpState = state });

        Assert.Equal(state, StateOf(guest.Vcpu));
    }

    [Fact]
    public void Second_vCPU_runs_once_it_is_made_runnable()
    {
        using var guest = CreateWithIrqchip();
        using var second = guest.Vm.CreateVcpu(1);
        ProcessorState.Enter(GuestMode.Real, guest.Host, second, guest.Memory);
        second.SetRegs(new KvmRegs { Rip = Guest.CodeAddress, Rflags = 2 });

        second.SetMpState(new KvmMpState { MpState = KvmMultiprocessingState.Runnable });

        Worker.Do(() =>
        {
            var exit = second.Run();
            while (exit.Reason == KvmExitReason.Intr)
                exit = second.Run();
            Assert.Equal(0x11, exit.Io.Port);
        });
    }

    [Fact]
    public void State_of_another_architecture_is_refused()
    {
        using var guest = CreateWithIrqchip();

        KvmMpState state = new() { MpState = KvmMultiprocessingState.CheckStop };
        var refusal = Assert.Throws<KvmException>(() => guest.Vcpu.SetMpState(state));

        Assert.Equal("KVM_SET_MP_STATE", refusal.Operation);
        Assert.Equal(Errno.EINVAL, refusal.Errno);
    }

    private static KvmMultiprocessingState StateOf(KvmVcpu vcpu)
    {
        vcpu.GetMpState(out var state);
        return state.MpState;
    }

    private static Guest CreateWithIrqchip() =>
        Guest.Create(
            GuestMode.Real,
            static code => code.@out(0x11, al),
            static vm => vm.CreateIrqchip(),
            KvmCapability.Irqchip,
            KvmCapability.MpState
        );
}
