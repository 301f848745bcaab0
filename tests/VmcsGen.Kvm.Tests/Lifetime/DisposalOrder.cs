using System;
using System.Collections.Generic;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Lifetime;

public class DisposalOrder
{
    private const byte Port = 0x11;

    public enum Part
    {
        Host,
        Vm,
        Vcpu,
        Memory,
    }

    public static TheoryData<Part, Part, Part, Part> Orders
    {
        get
        {
            TheoryData<Part, Part, Part, Part> orders = [];
            var parts = Enum.GetValues<Part>();
            foreach (var first in parts)
            {
                foreach (var second in parts)
                {
                    foreach (var third in parts)
                    {
                        foreach (var fourth in parts)
                        {
                            if (new HashSet<Part> { first, second, third, fourth }.Count == 4)
                                orders.Add(first, second, third, fourth);
                        }
                    }
                }
            }
            return orders;
        }
    }

    [Theory, MemberData(nameof(Orders))]
    public void Guest_runs_until_its_vCPU_goes_and_nothing_is_left_in_the_end(Part first, Part second, Part third, Part fourth)
    {
        var before = KvmResources.Count();
        var guest = Guest.Create(
            GuestMode.LongUser,
            static code =>
            {
                var loop = code.CreateLabel();
                code.Label(ref loop);
                code.inc(__dword_ptr[(long)Guest.DataAddress]);
                code.mov(eax, __[(long)Guest.DataAddress]);
                code.@out(Port, eax);
                code.jmp(loop);
            }
        );
        var memory = KvmResources.AddressOf(guest.Memory);
        var hasVcpu = true;
        var count = 0u;

        foreach (var part in new[] { first, second, third, fourth })
        {
            if (hasVcpu)
            {
                Assert.Equal(++count, guest.RunToOut(Port));
                Assert.True(KvmResources.IsMapped(memory, guest.Memory.Size));
            }
            hasVcpu &= part != Part.Vcpu;
            IDisposable disposable = part switch
            {
                Part.Host => guest.Host,
                Part.Vm => guest.Vm,
                Part.Vcpu => guest.Vcpu,
                _ => guest.Memory,
            };
            disposable.Dispose();
            disposable.Dispose();
        }

        Assert.Equal(before, KvmResources.CountWithoutCollecting());
        Assert.False(KvmResources.IsMapped(memory, guest.Memory.Size));
    }

    [Fact]
    public void Device_keeps_the_VM_and_its_memory()
    {
        const ulong Size = 0x200_0000;
        var before = KvmResources.Count();
        using var host = TestHost.Open();
        var vm = host.CreateVm();
        var memory = GuestMemory.Allocate(Size);
        var address = KvmResources.AddressOf(memory);
        var slot = vm.MapMemory(0, memory);
        var device = vm.CreateDevice(KvmDeviceType.Vfio);

        vm.Dispose();
        memory.Dispose();
        Assert.True(slot.IsMapped);
        Assert.True(KvmResources.IsMapped(address, Size));

        device.Dispose();
        Assert.False(slot.IsMapped);
        Assert.False(KvmResources.IsMapped(address, Size));
        host.Dispose();
        Assert.Equal(before, KvmResources.CountWithoutCollecting());
    }

    [Fact]
    public void Memory_goes_with_the_last_of_two_VMs_that_map_it()
    {
        const ulong Size = 0x200_0000;
        using var host = TestHost.Open();
        var first = host.CreateVm();
        var second = host.CreateVm();
        var memory = GuestMemory.Allocate(Size);
        var address = KvmResources.AddressOf(memory);
        first.MapMemory(0, memory);
        second.MapMemory(0, memory);
        second.MapMemory(Size, memory);

        memory.Dispose();
        second.Dispose();
        Assert.True(KvmResources.IsMapped(address, Size));
        first.Memory.Write(Size - 8, 1ul);

        first.Dispose();
        Assert.False(KvmResources.IsMapped(address, Size));
    }
}
