using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Interrupts;

/// <summary>A second processor that the first one starts as operating systems do: by INIT and SIPI through its local APIC.</summary>
public class StartupIpiTests
{
    private const int CommandHigh = 0x310;
    private const int CommandLow = 0x300;

    // Delivery mode INIT or start-up, level asserted. Source: SDM 3A 12.6.1.
    private const int Init = 0x4500;
    private const int Startup = 0x4600;
    private const byte StartVector = 0x0A;
    private const byte SecondPort = 0x12;

    [Fact]
    public void Second_vCPU_starts_where_the_SIPI_says()
    {
        using var guest = Guest.Create(
            GuestMode.Real,
            static code =>
            {
                code.@out(GuestPrograms.Port, al);
                code.mov(eax, 1 << 24); // To the APIC with id 1.
                code.mov(__dword_ptr.gs[CommandHigh], eax);
                code.mov(eax, Init);
                code.mov(__dword_ptr.gs[CommandLow], eax);
                code.mov(eax, Startup | StartVector);
                code.mov(__dword_ptr.gs[CommandLow], eax);
                code.@out(GuestPrograms.Port, al);
            },
            static vm => vm.CreateIrqchip(),
            KvmCapability.Irqchip,
            KvmCapability.MpState
        );
        using var second = guest.Vm.CreateVcpu(1);
        guest.Vcpu.EnableLocalApic();
        guest.Place(
            StartVector << 12,
            static code =>
            {
                code.mov(ax, cs);
                code.@out(SecondPort, ax);
            }
        );
        second.GetMpState(out var before);
        Assert.Equal(KvmMultiprocessingState.Uninitialized, before.MpState);
        guest.RunToOut(GuestPrograms.Port);

        // It waits inside Run for what the first one sends.
        var started = 0u;
        var worker = new Worker(() => started = Runs.ToOut(second, SecondPort));
        Worker.Do(() => guest.RunToOut(GuestPrograms.Port));
        worker.Finish();

        Assert.Equal((uint)StartVector << 8, started);
        second.GetMpState(out var after);
        Assert.Equal(KvmMultiprocessingState.Runnable, after.MpState);
    }
}
