using System;
using VmcsGen.Kvm.Tests.Testing;
using VmcsGen.Vmx.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Vcpu;

/// <summary>A run loop gives the garbage collector nothing to do.</summary>
public class Allocations
{
    private const byte InPort = 0x10;
    private const byte OutPort = 0x11;
    private const int Exits = 10_000;

    [Fact]
    public void Port_exits_allocate_nothing()
    {
        using var guest = Guest.Create(
            GuestMode.Real,
            static code =>
            {
                var loop = code.CreateLabel();
                code.Label(ref loop);
                code.@in(eax, InPort);
                code.inc(eax);
                code.@out(OutPort, eax);
                code.jmp(loop);
            }
        );
        var (last, sum) = (0u, 0ul);
        Serve(10);

        Assert.Equal(0, Allocation.Of(() => Serve(Exits), out var rounds));
        var inputs = ((ulong)(rounds * Exits) + 10) / 2;
        Assert.Equal(inputs * (inputs + 1) / 2, sum);

        void Serve(int exits)
        {
            while (exits > 0)
            {
                var exit = guest.Run();
                var io = exit.Io;
                if (io.Direction == KvmIoDirection.In)
                {
                    io.Answer(last);
                }
                else
                {
                    last = io.Value;
                    sum += last;
                }
                exits--;
            }
        }
    }

    [Fact]
    public void MMIO_exits_and_accesses_to_guest_memory_allocate_nothing()
    {
        using var guest = Guest.Create(
            GuestMode.Real,
            static code =>
            {
                var loop = code.CreateLabel();
                code.Label(ref loop);
                code.mov(eax, __.fs[0]);
                code.mov(__.fs[4], eax);
                code.jmp(loop);
            }
        );
        var memory = guest.Vm.Memory;
        Serve(10);

        Assert.Equal(0, Allocation.Of(() => Serve(Exits)));

        void Serve(int exits)
        {
            while (exits > 0)
            {
                var exit = guest.Run();
                var mmio = exit.Mmio;
                if (mmio.IsWrite)
                    memory.Write(Guest.DataAddress, mmio.Value);
                else
                    mmio.Answer(memory.Read<uint>(Guest.DataAddress));
                exits--;
            }
        }
    }

    [Fact]
    public void Register_ioctls_and_kicks_allocate_nothing()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        var vcpu = guest.Vcpu;
        Access(2);

        Assert.Equal(0, Allocation.Of(() => Access(100)));

        void Access(int times)
        {
            for (var i = 0; i < times; i++)
            {
                vcpu.GetRegs(out var regs);
                vcpu.SetRegs(regs);
                vcpu.GetSregs(out var sregs);
                vcpu.SetSregs(sregs);
                vcpu.Kick();
                _ = vcpu.Run().Reason;
            }
        }
    }

    [Fact]
    public void Ioctls_whose_failures_name_a_subject_allocate_nothing_when_they_succeed()
    {
        using var host = TestHost.Open(KvmCapability.Irqchip, KvmCapability.Irqfd, KvmCapability.Ioeventfd, KvmCapability.VcpuAttributes);
        using var vm = host.CreateVm();
        vm.CreateIrqchip();
        using var vcpu = vm.CreateVcpu(0);
        using var eventfd = Eventfd.Create();
        Bind(2);

        Assert.Equal(0, Allocation.Of(() => Bind(100)));

        void Bind(int times)
        {
            for (var i = 0; i < times; i++)
            {
                vm.Irqfd(eventfd, 5);
                vm.Irqfd(eventfd, 5, KvmIrqfdFlags.Deassign);
                vm.Ioeventfd(eventfd, 0x510, 2, KvmIoeventfdFlags.Pio);
                vm.Ioeventfd(eventfd, 0x510, 2, KvmIoeventfdFlags.Pio | KvmIoeventfdFlags.Deassign);
                vcpu.TscOffset++;
            }
        }
    }
}
