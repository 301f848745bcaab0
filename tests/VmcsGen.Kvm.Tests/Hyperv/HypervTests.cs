using System;
using System.Linq;
using System.Text;
using VmcsGen.Kvm.Tests.Interrupts;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Hyperv;

/// <summary>KVM's Hyper-V interfaces: CPUID, the synthetic interrupt controller and debugger, hypercalls, and what of them exits.</summary>
public class HypervTests
{
    private const ushort PostMessage = 0x5C;
    private const ushort SignalEvent = 0x5D;
    private const ulong FastCall = 1 << 16;
    private const ulong SynicPage = 0x4_3000;

    [Fact]
    public void CPUID_of_the_host_and_of_a_vCPU_has_Hyper_V_s_signature()
    {
        using var host = TestHost.Open(KvmCapability.HypervCpuid, KvmCapability.SysHypervCpuid);
        using var vm = host.CreateVm();
        using var vcpu = vm.CreateVcpu(0);

        foreach (var cpuid in new[] { host.GetSupportedHvCpuid(), vcpu.GetSupportedHvCpuid() })
        {
            var leaves = cpuid.Entries.ToArray();
            var range = leaves.Single(static entry => entry.Function == 0x4000_0000);
            Assert.InRange(range.Eax, 0x4000_0005u, 0x4000_00FFu);
            var signature = leaves.Single(static entry => entry.Function == 0x4000_0001).Eax;
            Assert.Equal("Hv#1", Encoding.ASCII.GetString(BitConverter.GetBytes(signature)));
        }
    }

    [Fact]
    public void Synthetic_interrupt_controller_tells_of_what_the_guest_sets()
    {
        using var guest = HypervGuests.Create(static code =>
        {
            code.WriteMsr(HypervGuests.SynicControl, 1);
            code.WriteMsr(HypervGuests.SynicMessagePage, SynicPage | 1);
            code.@out(GuestPrograms.Port, al);
        });

        var exit = guest.RunTo(KvmExitReason.Hyperv);
        Assert.Equal((HypervGuests.SynicControl, 1ul), (exit.HypervSynic.Msr, exit.HypervSynic.Control));
        exit = guest.RunTo(KvmExitReason.Hyperv);
        Assert.Equal((HypervGuests.SynicMessagePage, SynicPage | 1), (exit.HypervSynic.Msr, exit.HypervSynic.MsgPage));
        Assert.Equal("Hyperv: synthetic interrupt controller, MSR 0x40000083", exit.ToString());
        guest.RunToOut(GuestPrograms.Port);
    }

    [Fact]
    public void Synthetic_interrupt_reaches_the_vCPU_by_its_route()
    {
        using var guest = ApicGuests.CreateHalting(KvmCapability.HypervSynic2, KvmCapability.HypervCpuid, KvmCapability.IrqRouting);
        guest.PlaceApicHandler(0x52, 0x9000, 0x66);
        guest.Vcpu.EnableCap(KvmCapability.HypervSynic2);

        Assert.Empty(
            guest.Vcpu.WriteMsrs([
                new KvmMsrEntry { Index = HypervGuests.SynicControl, Data = 1 },
                new KvmMsrEntry { Index = HypervGuests.SyntheticInterrupt + 2, Data = 0x52 },
            ])
        );
        guest.Vm.SetGsiRouting(new GsiRouting().AddHypervSint(24, vcpuIndex: 0, sint: 2));
        guest.Vm.IrqLine(24, true);

        Worker.Do(() => Assert.Equal(0x66u, guest.RunToOut(ApicGuests.ReportPort)));
    }

    [Fact]
    public void Hypercall_that_KVM_leaves_to_the_VMM_gets_the_VMM_s_result()
    {
        using var guest = HypervGuests.Create(static code =>
        {
            code.BeginHypercalls();
            code.WriteMsr(HypervGuests.SynicControl, 1);
            code.CallHyperv(PostMessage, 0x1000, 0x2000);
            code.@out(GuestPrograms.Port, eax);
        });
        guest.RunTo(KvmExitReason.Hyperv);

        var exit = guest.RunTo(KvmExitReason.Hyperv);
        Assert.Equal((PostMessage, (ulong)PostMessage), (exit.HypervHypercall.CallCode, exit.HypervHypercall.Input));
        Assert.Equal([0x1000, 0x2000], exit.HypervHypercall.Parameters.ToArray());
        Assert.Equal("Hyperv: hypercall 0x5C, parameters 1000 2000", exit.ToString());
        exit.HypervHypercall.Answer(0x77);

        Assert.Equal(0x77u, guest.RunToOut(GuestPrograms.Port));
    }

    [Fact]
    public void Signalled_connection_is_an_eventfd_until_it_is_unbound()
    {
        const uint Connection = 0x1234;
        using var guest = HypervGuests.Create(static code =>
        {
            code.BeginHypercalls();
            code.WriteMsr(HypervGuests.SynicControl, 1);
            var again = code.CreateLabel();
            code.Label(ref again);
            code.CallHyperv(SignalEvent | FastCall, Connection, 0);
            code.@out(GuestPrograms.Port, eax);
            code.jmp(again);
        });
        using var eventfd = Eventfd.Create();
        guest.Vm.HypervEventfd(Connection, eventfd);
        guest.RunTo(KvmExitReason.Hyperv);

        Assert.Equal(0u, guest.RunToOut(GuestPrograms.Port));
        Assert.True(eventfd.TryRead(out var count));
        Assert.Equal(1ul, count);

        guest.Vm.HypervEventfd(Connection, null);
        var exit = guest.RunTo(KvmExitReason.Hyperv);
        Assert.Equal(SignalEvent, exit.HypervHypercall.CallCode);
        Assert.False(eventfd.TryRead(out _));
    }

    [Fact]
    public void Synthetic_debugger_s_status_is_the_VMM_s_answer()
    {
        const uint Control = 0x4000_00F1;
        const uint Status = 0x4000_00F2;
        using var guest = HypervGuests.Create(static code =>
        {
            code.WriteMsr(Control, 0x1_0003);
            code.mov(ecx, Status);
            code.rdmsr();
            code.@out(GuestPrograms.Port, eax);
        });

        var exit = guest.RunTo(KvmExitReason.Hyperv);
        Assert.Equal((Control, 0x1_0003ul), (exit.HypervSyndbg.Msr, exit.HypervSyndbg.Control));
        exit.HypervSyndbg.Answer(0x55);

        Assert.Equal(0x55u, guest.RunToOut(GuestPrograms.Port));
    }

    [Fact]
    public void Crash_and_reset_that_the_guest_asks_for_are_events_of_the_system()
    {
        const uint Reset = 0x4000_0003;
        const uint CrashControl = 0x4000_0105;
        using var guest = HypervGuests.Create(static code =>
        {
            code.WriteMsr(CrashControl, 1ul << 63);
            code.WriteMsr(Reset, 1);
        });

        Assert.Equal(KvmSystemEventType.Crash, guest.RunTo(KvmExitReason.SystemEvent).SystemEvent.Type);
        Assert.Equal(KvmSystemEventType.Reset, guest.RunTo(KvmExitReason.SystemEvent).SystemEvent.Type);
    }
}
