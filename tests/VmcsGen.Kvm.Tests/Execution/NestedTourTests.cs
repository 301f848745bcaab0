using VmcsGen.Kvm.Tests.Testing;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Creation;
using VmcsGen.Vmx.Kvm;
using VmcsGen.Vmx.Software;
using VmcsGen.Vmx.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Execution;

/// <summary>The guests that the tests on Bochs launch, on the software processor with KVM.</summary>
public class NestedTourTests
{
    private const ulong GuestStart = 0x10_0000;
    private const ulong GuestSize = 0x10_0000;

    [Theory]
    [InlineData(TourMode.Real)]
    [InlineData(TourMode.Protected)]
    [InlineData(TourMode.SixtyFourBit)]
    public void A_guest_has_the_VM_exits_that_its_instructions_cause(TourMode mode)
    {
        using var host = TestHost.Open();
        using var memory = GuestMemory.Allocate(4 * GuestSize);
        using var executor = new KvmGuestExecutor(host);
        var processor = new SoftwareVmx(new KvmPhysicalMemory(memory), executor: executor);
        var pages = new PhysicalPageAllocator(processor.Memory, new PhysicalMemoryRange(GuestStart + GuestSize, GuestSize));

        using (var tour = new ExitTour(processor, pages, GuestStart, mode))
            Assert.Equal(ExitTour.Expected(mode), tour.Run());

        Assert.Equal(0, pages.AllocatedCount);
    }
}
