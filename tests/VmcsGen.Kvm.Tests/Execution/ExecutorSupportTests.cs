using System;
using System.Linq;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Kvm;
using VmcsGen.Vmx.Software;
using Xunit;

namespace VmcsGen.Kvm.Tests.Execution;

/// <summary>What the executor on KVM says it carries over, against what it refuses and against what guests have.</summary>
public class ExecutorSupportTests
{
    // Reserved bits are what VM entry wants them to be.
    [Fact]
    public void The_default_processor_announces_exactly_the_supported_controls()
    {
        using var memory = GuestMemory.Allocate(0x10000);
        var announced = new SoftwareVmx(new KvmPhysicalMemory(memory)).Capabilities;
        var supported = KvmGuestExecutor.SupportedControls;

        Assert.Equal(
            supported.PinBased,
            announced.PinBased.Allowed1 & Named<PinBasedControls>(PinBasedControls.Parts, static m => new((uint)m))
        );
        Assert.Equal(
            supported.PrimaryProcessorBased,
            announced.PrimaryProcessorBased.Allowed1
                & Named<PrimaryProcessorBasedControls>(PrimaryProcessorBasedControls.Parts, static m => new((uint)m))
        );
        Assert.Equal(
            supported.SecondaryProcessorBased,
            announced.SecondaryProcessorBased.Allowed1
                & Named<SecondaryProcessorBasedControls>(SecondaryProcessorBasedControls.Parts, static m => new((uint)m))
        );
        Assert.Equal(default, supported.TertiaryProcessorBased);
        Assert.Equal(
            supported.VmEntry,
            announced.VmEntry.Allowed1 & Named<VmEntryControls>(VmEntryControls.Parts, static m => new((uint)m))
        );
        Assert.Equal(
            supported.PrimaryVmExit,
            announced.PrimaryVmExit.Allowed1 & Named<PrimaryVmExitControls>(PrimaryVmExitControls.Parts, static m => new((uint)m))
        );
    }

    [Fact]
    public void Guests_have_the_VM_exits_that_are_carried_and_of_controls_that_are_supported()
    {
        var carried = KvmGuestExecutor.CarriedExits;
        Assert.Equal(carried.Count, carried.Distinct().Count());
        foreach (
            var (write, reason) in new (Action<Iced.Intel.Assembler>, BasicExitReason)[]
            {
                (static code => code.cpuid(), BasicExitReason.Cpuid),
                (static code => code.vmcall(), BasicExitReason.Vmcall),
                (static code => code.hlt(), BasicExitReason.Hlt),
                (static code => code.invd(), BasicExitReason.Invd),
            }
        )
        {
            using var machine = new NestedMachine(NestedMode.SixtyFourBit, write);
            Assert.Equal(reason, machine.Vcpu.Run().BasicReason);
            Assert.Contains(reason, carried);
        }
        // Without its control no guest has this one.
        Assert.DoesNotContain(BasicExitReason.PageModificationLogFull, carried);
        Assert.DoesNotContain(BasicExitReason.TaskSwitch, carried);
    }

    private static TControls Named<TControls>(ReadOnlySpan<BitFieldPart> parts, Func<ulong, TControls> create)
    {
        var mask = 0UL;
        foreach (ref readonly var part in parts)
            mask |= part.Mask;
        return create(mask);
    }
}
