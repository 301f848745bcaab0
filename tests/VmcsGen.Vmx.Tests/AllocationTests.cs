using System;
using VmcsGen.Vmx.Structures;
using Xunit;

namespace VmcsGen.Vmx.Tests;

// What runs at every VM exit allocates nothing.
public class AllocationTests
{
    [Fact]
    public void Reading_and_decoding_a_VM_exit_allocates_nothing()
    {
        var image = Vmcs12Image.Create();
        image.Page.ExitReason = new ExitReason { BasicReason = BasicExitReason.Vmread };

        Assert.Equal(
            0,
            Allocated(() =>
            {
                var exit = VmExit.Read(image.Vmcs);
                return exit.VmreadVmwriteInstructionInformation.Value
                    + (ulong)exit.MemoryOperand.Displacement
                    + (exit.IsPageFault ? 1u : 0);
            })
        );
    }

    [Fact]
    public void Adjusting_controls_that_are_supported_allocates_nothing()
    {
        var capabilities = RecordedProcessor.Capabilities("corei7_skylake_x");
        var required = new PinBasedControls { NmiExiting = true };

        Assert.Equal(0, Allocated(() => capabilities.PinBased.Adjust(required).ThrowIfUnsupported().Value));
    }

    [Fact]
    public void Asking_whether_a_field_exists_allocates_nothing()
    {
        var capabilities = RecordedProcessor.Capabilities("corei7_skylake_x");

        Assert.Equal(0, Allocated(() => capabilities.Supports(VmcsField.GuestIa32Pat) ? 1u : 0));
    }

    [Fact]
    public void Using_the_memory_structures_allocates_nothing()
    {
        var page = new byte[4096];

        Assert.Equal(
            0,
            Allocated(() =>
            {
                new MsrBitmap(page).Intercept(0x10);
                new IoBitmaps(page, page).Allow(0x3F8, 8);
                var area = new MsrArea(page);
                area.Set(0x10, 1);
                new EptTable(page, EptLevel.PageTable).EntryFor(0x1000) = EptEntry.ForPage(EptLevel.PageTable, 0x1000);
                return (ulong)new PmlBuffer(page).Logged(7).Length;
            })
        );
    }

    private static long Allocated(Func<ulong> action)
    {
        // The first calls compile the code and build tables.
        for (var i = 0; i < 3; i++)
            action();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
