using System.Runtime.CompilerServices;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Lifetime;

/// <summary>Objects that nobody disposes of are released by the collector, whatever refers to what.</summary>
public class ForgottenObjects
{
    private const ulong MemorySize = 0x200_0000;

    [Fact]
    public void Everything_forgotten_is_released()
    {
        using var probe = TestHost.Open();
        var before = KvmResources.Count();

        var memory = Forget();

        Assert.Equal(before, KvmResources.Count());
        Assert.False(KvmResources.IsMapped(memory, MemorySize));
    }

    [Fact]
    public void Many_forgotten_VMs_are_released()
    {
        using var probe = TestHost.Open();
        var before = KvmResources.Count();

        for (var i = 0; i < 30; i++)
            Forget();

        Assert.Equal(before, KvmResources.Count());
    }

    [Fact]
    public void What_is_not_forgotten_stays()
    {
        using var host = TestHost.Open();
        var before = KvmResources.Count();

        var (vcpu, memory) = KeepOnlyVcpu(host);

        Assert.NotEqual(before, KvmResources.Count());
        Assert.True(KvmResources.IsMapped(memory, MemorySize));
        var exit = vcpu.Run();
        while (exit.Reason == KvmExitReason.Intr)
            exit = vcpu.Run();
        Assert.Equal(0x11, exit.Io.Port);

        vcpu.Dispose();
        Assert.Equal(before, KvmResources.Count());
        Assert.False(KvmResources.IsMapped(memory, MemorySize));
    }

    [Fact]
    public void Vcpu_that_a_thread_runs_is_not_collected()
    {
        using var probe = TestHost.Open();
        var before = KvmResources.Count();
        var runner = new Worker(static () => RunKicked());

        for (var i = 0; i < 20; i++)
            KvmResources.Count();

        runner.Finish();
        Assert.Equal(before, KvmResources.Count());
    }

    // Not inlined: the caller's frame must not keep what is forgotten here.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong Forget()
    {
        var guest = Guest.Create(GuestMode.LongUser, static code => code.@out(0x11, al));
        guest.RunToOut(0x11);
        guest.Vm.CreateDevice(KvmDeviceType.Vfio);
        var memory = GuestMemory.Allocate(MemorySize);
        guest.Vm.MapMemory(0x1000_0000, memory);
        return KvmResources.AddressOf(memory);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (KvmVcpu Vcpu, ulong Memory) KeepOnlyVcpu(KvmHost host)
    {
        var vm = host.CreateVm();
        var memory = GuestMemory.Allocate(MemorySize);
        vm.MapMemory(0, memory);
        memory.Write(0x100, (ushort)0x11E7); // OUT to port 0x11
        var vcpu = vm.CreateVcpu(0);
        vcpu.GetSregs(out var sregs);
        sregs.Cs.Base = sregs.Cs.Selector = 0;
        vcpu.SetSregs(sregs);
        vcpu.SetRegs(new KvmRegs { Rip = 0x100, Rflags = 2 });
        return (vcpu, KvmResources.AddressOf(memory));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void RunKicked()
    {
        // Nothing but the call in progress refers to the vCPU. It counts to 2^26 before its OUT: some tens of milliseconds.
        Guest
            .Create(
                GuestMode.LongUser,
                static code =>
                {
                    var loop = code.CreateLabel();
                    code.mov(ecx, 1 << 26);
                    code.Label(ref loop);
                    code.dec(ecx);
                    code.jnz(loop);
                    code.@out(0x11, al);
                }
            )
            .RunToOut(0x11);
    }
}
