using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmx.Bochs.Tests.Testing;
using VmcsGen.Vmx.Fuzz;
using VmcsGen.Vmx.Structures;
using Xunit;
using static VmcsGen.Vmx.VmcsField;

namespace VmcsGen.Vmx.Bochs.Tests.Vmx;

/// <summary>Every known deviation of Bochs on VM entries is seen, or it is none.</summary>
public sealed class EntryDeviationTests
{
    private const string Skylake = "corei7_skylake_x";
    private const string Tigerlake = "tigerlake";
    private const ulong All = ulong.MaxValue;
    private const ulong InterruptFlag = 1 << 9;

    private static readonly Dictionary<string, GuestKind> s_guests = GuestKind.All.ToDictionary(static guest => guest.Name);
    private static readonly GuestKind s_long = s_guests["64-bit"];
    private static readonly GuestKind s_unrestricted = s_guests["64-bit unrestricted"];

    private static readonly DeviationCase[] s_cases =
    [
        new(
            "reserved bits of IA32_DEBUGCTL are not checked",
            Skylake,
            s_long,
            new(GuestIa32Debugctl, 1 << 20),
            new(VmcsField.VmEntryControls, 1 << 2)
        ),
        new(
            "reserved bits of IA32_PERF_GLOBAL_CTRL are not checked",
            Skylake,
            s_long,
            new(GuestIa32PerfGlobalCtrl, 1UL << 63),
            new(VmcsField.VmEntryControls, 1 << 13)
        ),
        new("paging is not asked of an unrestricted IA-32e guest", Skylake, s_unrestricted, new FieldChange(GuestCr0, 0, 1UL << 31)),
        new("the upper bits of RIP are not checked in 64-bit code", Skylake, s_long, new FieldChange(GuestRip, 1UL << 60)),
        // The preemption timer ends it before its first instruction.
        new(
            "an unrestricted guest may have RFLAGS.VM in real-address mode",
            Skylake,
            s_guests["real mode"],
            [
                new(GuestRflags, 1 << 17),
                new(VmxPreemptionTimerValue, 0, All),
                new(GuestEsBase, 0x1_0000, All),
                new(GuestCsBase, 0x1_0000, All),
                new(GuestSsBase, 0x1_0000, All),
                new(GuestDsBase, 0x1_0000, All),
                new(GuestFsBase, 0x1_0000, All),
                new(GuestGsBase, 0x1_0000, All),
                new(GuestEsAccessRights, 0xF3, All),
                new(GuestCsAccessRights, 0xF3, All),
                new(GuestSsAccessRights, 0xF3, All),
                new(GuestDsAccessRights, 0xF3, All),
                new(GuestFsAccessRights, 0xF3, All),
                new(GuestGsAccessRights, 0xF3, All),
            ]
        ),
        new(
            "SS with a null selector is not checked in 64-bit code",
            Skylake,
            s_long,
            new(GuestSsSelector, 0, All),
            new(GuestSsAccessRights, 1, 0xF)
        ),
        new(
            "the DPL of a data segment register with a code segment of type 11 is not checked",
            Skylake,
            s_long,
            new(GuestDsSelector, 3),
            new(GuestDsAccessRights, 11, 0xF)
        ),
        new(
            "the DPL of CS is compared with its RPL and not with the DPL of SS in an unrestricted guest",
            Skylake,
            s_unrestricted,
            new FieldChange(GuestCsSelector, 3)
        ),
        new(
            "an NMI that STI blocks has the exit qualification 0",
            Skylake,
            s_long,
            new(GuestRflags, InterruptFlag),
            new(GuestInterruptibilityState, 1),
            new(VmcsField.EntryInterruptionInformation, 0x8000_0202)
        ),
        new(
            "an NMI is injected where virtual NMIs are blocked",
            Skylake,
            s_long,
            new(VmcsField.PinBasedControls, 1 << 3 | 1 << 5),
            new(GuestInterruptibilityState, 8),
            new(VmcsField.EntryInterruptionInformation, 0x8000_0202)
        ),
        new(
            "a single step that STI, MOV SS or HLT holds back is not compared with RFLAGS.TF",
            Skylake,
            s_long,
            new(GuestRflags, 1 << 8),
            new(GuestInterruptibilityState, 2)
        ),
        new(
            "bits 63:32 of the pending debug exceptions are not checked",
            Skylake,
            s_long,
            new FieldChange(GuestPendingDebugExceptions, 1UL << 40)
        ),
        new(
            "a halted guest takes any event",
            Skylake,
            s_long,
            new(GuestActivityState, 1),
            new(VmcsField.EntryInterruptionInformation, 0x8000_0306)
        ),
        new(
            "a guest in shutdown takes any event with vector 18",
            Skylake,
            s_long,
            new(GuestActivityState, 2),
            new(GuestRflags, InterruptFlag),
            new(VmcsField.EntryInterruptionInformation, 0x8000_0012)
        ),
        new(
            "the size of an MSR area wraps at 4 GiB",
            Skylake,
            s_long,
            new(VmEntryMsrLoadAddress, 0xFF_FFFF_FFF0, All),
            new(VmEntryMsrLoadCount, 0x1000_0000)
        ),
        new(
            "entry to SMM is not refused outside of SMM as a control",
            Skylake,
            s_long,
            new FieldChange(VmcsField.VmEntryControls, 1 << 10)
        ),
        new(
            "CR4.CET without CR0.WP of the host counts only where its CET state is loaded",
            Tigerlake,
            s_long,
            new(HostCr4, 1 << 23),
            new(HostCr0, 0, 1 << 16)
        ),
        new(
            "bits 63:32 of a guest's IA32_S_CET must be 0 outside of IA-32e mode",
            Tigerlake,
            s_guests["32-bit"],
            new(GuestIa32SCet, 1UL << 40),
            new(VmcsField.VmEntryControls, 1 << 20)
        ),
        new(
            "SSP must be canonical in IA-32e mode, whatever the code segment",
            Tigerlake,
            s_long,
            new(GuestSsp, 1UL << 47),
            new(VmcsField.VmEntryControls, 1 << 20)
        ),
        new(
            "an error code is not checked on processors with CET",
            Tigerlake,
            s_long,
            new(GuestRflags, InterruptFlag),
            new(VmcsField.EntryInterruptionInformation, 0x8000_0820)
        ),
        new(
            "type 7 is taken on processors without the monitor trap flag, and then ends the emulator",
            Skylake,
            s_long,
            new FieldChange(VmcsField.EntryInterruptionInformation, 0x8000_0700)
        ),
    ];

    [Fact]
    public void Every_known_deviation_has_a_case() =>
        Assert.Equal(
            BochsDeviations.All.Select(static deviation => deviation.Name).Order(),
            s_cases.Select(static one => one.Deviation).Distinct().Order()
        );

    [Theory]
    [InlineData(0x8000_0B0D)] // With an error code, which the SDM forbids without CR0.PE.
    [InlineData(0x8000_030D)] // Without one, which others demand where the guest is not unrestricted.
    public void How_an_error_code_without_protection_is_taken_is_among_the_possible_outcomes(uint injected)
    {
        TestMachine.SkipWithoutBochs();
        using var bochs = new BochsTarget(Skylake);
        var one = new DeviationCase("", Skylake, s_long, new(GuestCr0, 0, 1), new(VmcsField.EntryInterruptionInformation, injected, All));

        var comparison = Try(bochs, new SoftwareTwin(bochs), one);

        var report = comparison.Expectation.Report;
        Assert.Equal(Verdict.Agrees, comparison.Verdict);
        Assert.Contains(comparison.Observation.Outcome, report.PossibleOutcomes);
        Assert.NotEqual(comparison.Observation.Outcome, report.Outcome);
        Assert.NotNull(Assert.Single(report.Violations, static v => v.Doubt is not null).Doubt);
        Assert.Contains("kvm-unit-tests", report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_known_deviation_is_seen()
    {
        TestMachine.SkipWithoutBochs();
        foreach (var model in s_cases.GroupBy(static one => one.Model))
        {
            using var bochs = new BochsTarget(model.Key);
            var twin = new SoftwareTwin(bochs);
            foreach (var one in model)
            {
                var comparison = Try(bochs, twin, one);
                var seen =
                    comparison.Verdict == Verdict.Deviates
                    && comparison.Likeness.IsExplained
                    && comparison.Expectation.Deviations.Single().Name == one.Deviation;
                Assert.True(seen, $"{one}: {comparison.Verdict}\n{comparison.Describe(bochs.Target)}");
            }
        }
    }

    [Fact]
    public void WRMSR_of_what_VM_entries_load_ends_as_on_the_software_processor_or_as_a_known_deviation_says()
    {
        TestMachine.SkipWithoutBochs();
        using var bochs = new BochsTarget(Skylake);
        var machine = bochs.Target.Rig.Processor;
        var software = new SoftwareTwin(bochs).Target.Rig.Processor;
        var seen = new HashSet<string>();
        foreach (var index in LoadedMsrs.Indices)
        {
            foreach (var value in LoadedMsrs.Values)
            {
                if (Takes(machine, index, value) == Takes(software, index, value))
                    continue;
                var known = BochsDeviations.Msrs.Where(deviation => deviation.Concerns(new MsrAreaEntry(index, value))).ToArray();
                Assert.True(
                    known.Length != 0,
                    $"WRMSR 0x{index:X}, 0x{value:X}: Bochs {(Takes(machine, index, value) ? "takes" : "refuses")} it."
                );
                seen.UnionWith(known.Select(static deviation => deviation.Name));
            }
        }
        Assert.Equal(BochsDeviations.Msrs.Select(static deviation => deviation.Name).Order(), seen.Order());
    }

    [Fact]
    public void Every_known_deviation_of_what_VM_entries_write_is_seen()
    {
        TestMachine.SkipWithoutBochs();
        using var bochs = new BochsTarget(Skylake);
        var twin = new SoftwareTwin(bochs);
        // The guest is entered first, so that the VM-exit information holds something: the 2 bytes of CPUID.
        Assert.True(bochs.ObserveAlone(new(0, 0, s_long, [], [])).Outcome.IsSuccess);
        var likeness = Try(bochs, twin, new("", Skylake, s_long, new FieldChange(GuestRflags, 0, 2))).Likeness;
        Assert.Equal(BochsDeviations.Effects.Select(static deviation => deviation.Name), likeness.Explanations);
        Assert.True(likeness.IsExplained);
        Assert.False(likeness.IsAlike);
    }

    private static bool Takes(IVmxProcessor processor, uint index, ulong value)
    {
        try
        {
            processor.WriteMsr(index, value);
            return true;
        }
        catch (ProcessorFaultException)
        {
            return false;
        }
    }

    private static Comparison Try(BochsTarget bochs, SoftwareTwin twin, DeviationCase one)
    {
        var before = bochs.Target.VmcsOf(one.Guest);
        var tried = new FuzzCase(
            0,
            0,
            one.Guest,
            [.. one.Changes.Select(change => KeyValuePair.Create(change.Field, (before[change.Field] & ~change.Clear) | change.Set))],
            []
        );
        var observation = bochs.ObserveAlone(tried);
        var expectation = new EntryExpectation(
            bochs.Target,
            tried,
            bochs.Target.Check(tried, observation.Held),
            BochsDeviations.All,
            observation.Held
        );
        return new(tried, expectation, observation, new Likeness(tried, expectation, observation, twin, BochsDeviations.Known));
    }
}
