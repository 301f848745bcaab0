using System;
using System.Runtime.Intrinsics.X86;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Refusals;

/// <summary>Refusals whose usual cause lies elsewhere name it.</summary>
public class UsualCauses
{
    [Fact]
    public void Irqfd_without_interrupt_controllers()
    {
        using var host = TestHost.Open(KvmCapability.Irqfd);
        using var vm = host.CreateVm();

        var refusal = Assert.Throws<KvmException>(() => vm.BindIrqfd(5));

        Assert.Equal(Errno.EINVAL, refusal.Errno);
        Assert.Contains("no interrupt controllers in the kernel", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("KVM_CREATE_IRQCHIP", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Line_that_no_routing_table_can_lead_anywhere()
    {
        using var host = TestHost.Open(KvmCapability.Irqchip, KvmCapability.IrqRouting);
        using var vm = host.CreateVm();
        vm.CreateIrqchip();
        var lines = (uint)vm.Check(KvmCapability.IrqRouting);

        vm.BindIrqfd(lines - 1).Dispose();
        Assert.Contains(
            $"0 to {lines - 1}",
            Assert.Throws<ArgumentOutOfRangeException>(() => vm.BindIrqfd(lines)).Message,
            StringComparison.Ordinal
        );
        Assert.Throws<ArgumentOutOfRangeException>(() => vm.BindIrqfd(5000));
        Assert.Throws<ArgumentOutOfRangeException>(() => vm.BindResampledIrqfd(5000));
    }

    [Fact]
    public void Memory_beyond_the_width_of_the_host_s_addresses()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var memory = GuestMemory.Allocate(0x2000);
        var width = X86Base.CpuId(unchecked((int)0x8000_0008), 0).Eax & 0xFF;
        try
        {
            vm.MapMemory((1ul << width) - 0x1000, memory).Unmap(); // A KVM without EPT and NPT does not ask for the host's width.
            width = 52;
        }
        catch (KvmException) { }

        var refusal = Assert.Throws<KvmException>(() => vm.MapMemory((1ul << width) - 0x1000, memory));

        Assert.Contains($"physical addresses have {width} bits", refusal.Message, StringComparison.Ordinal);
        Assert.Contains($"0x{(1ul << width) + 0xFFF:X}", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("slot 0 at", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0xFFF000, 0x1000, 24, false)]
    [InlineData(0xFFF000, 0x2000, 24, true)]
    [InlineData(0x1000000, 0x1000, 24, true)]
    [InlineData(ulong.MaxValue - 0xFFF, 0x1000, 64, false)]
    public void Range_and_width(ulong address, ulong size, int width, bool isBeyond) =>
        Assert.Equal(isBeyond, RegionRules.Find(address, size, width) is not null);
}
