using VmcsGen.Vmx.Bochs.Tests.Testing;
using VmcsGen.Vmx.Creation;
using VmcsGen.Vmx.Testing;
using Xunit;

namespace VmcsGen.Vmx.Bochs.Tests.Vmx;

/// <summary>Guests in all modes, made by the builder on processors that differ.</summary>
public sealed class BuiltGuests(MachinePool machines) : IClassFixture<MachinePool>
{
    private const ulong GuestSize = 0x10_0000;

    public static MatrixTheoryData<string, TourMode> Rows { get; } =
        new(
            ["corei5_arrandale_m520", "corei7_sandy_bridge_2600k", "corei7_haswell_4770", "corei7_skylake_x", "tigerlake"],
            [TourMode.Real, TourMode.Protected, TourMode.SixtyFourBit]
        );

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_guest_has_the_VM_exits_that_its_instructions_cause(string model, TourMode mode)
    {
        var cpu = machines.Get(model).Cpu;
        var free = cpu.FreeMemory;
        var pages = new PhysicalPageAllocator(cpu.Memory, new PhysicalMemoryRange(free.Start + GuestSize, GuestSize));

        using (var tour = new ExitTour(cpu, pages, free.Start, mode))
            Assert.Equal(ExitTour.Expected(mode), tour.Run());

        Assert.Equal(0, pages.AllocatedCount);
    }
}
