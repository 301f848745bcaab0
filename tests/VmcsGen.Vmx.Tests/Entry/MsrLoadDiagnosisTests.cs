using System;
using System.Linq;
using System.Runtime.InteropServices;
using VmcsGen.Vmx.Entry;
using VmcsGen.Vmx.Software;
using VmcsGen.Vmx.Structures;
using VmcsGen.Vmx.Testing;
using VmcsGen.Vmx.Tests.Software;
using Xunit;

namespace VmcsGen.Vmx.Tests.Entry;

/// <summary>A VM entry that fails on its MSR-load area: the entry is named, with what it is for.</summary>
public sealed class MsrLoadDiagnosisTests
{
    private const uint KernelGsBase = 0xC000_0102;

    [Theory]
    [InlineData(0x1_2345u, "MsrLoadExists")] // There is none.
    [InlineData(0x3Au, "MsrLoadValue")] // IA32_FEATURE_CONTROL, which is locked.
    [InlineData(0x480u, "MsrLoadValue")]
    [InlineData(0x48Bu, "MsrLoadValue")]
    public void The_software_processor_and_its_diagnosis_know_the_same(uint index, string rule)
    {
        var machine = SoftwareMachine.Programmed(new ScriptedExecutor());
        WriteArea(machine, [new(KernelGsBase, 0x1000), new(index, 0x77), new(KernelGsBase, 0x2000)]);
        GeneralRegisters registers = default;

        var failure = Assert.Throws<VmEntryException>(() => machine.Processor.Launch(ref registers));

        Assert.Equal(VmEntryOutcome.Exit(BasicExitReason.EntryFailureMsrLoading, 2), failure.Outcome);
        var violation = Assert.Single(failure.Diagnosis.Violations);
        Assert.Equal(rule, violation.Rule.Name);
        Assert.Equal(failure.Outcome, violation.Outcome);
        Assert.Contains($"Entry 2 of the VM-entry MSR-load area is for the MSR {index:X}H", failure.Message, StringComparison.Ordinal);
        Assert.Contains("0x77", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_entry_that_a_processor_refuses_for_a_reason_of_its_own_is_named()
    {
        var machine = SoftwareMachine.Programmed(new ScriptedExecutor());
        WriteArea(machine, [new(KernelGsBase, 0x1000), new(KernelGsBase, 0x2000)]);
        var seen = VmEntryOutcome.Exit(BasicExitReason.EntryFailureMsrLoading, 2);

        var report = VmEntryChecker.Diagnose(machine.Processor, seen);

        var violation = Assert.Single(report.Violations);
        Assert.Equal("MsrLoadRefusedByProcessor", violation.Rule.Name);
        Assert.Equal(seen, report.Outcome);
        Assert.Contains("Entry 2", violation.Finding, StringComparison.Ordinal);
        Assert.Contains("0x2000", violation.Finding, StringComparison.Ordinal);
        Assert.True(VmEntryChecker.Diagnose(machine.Processor).IsValid);
    }

    [Theory]
    [InlineData(false, false, false)]
    [InlineData(true, false, false)]
    [InlineData(true, true, true)]
    public void Performance_metrics_can_be_enabled_where_IA32_PERF_CAPABILITIES_announces_them(bool hasMsr, bool announces, bool isAllowed)
    {
        const ulong EnableMetrics = 1UL << 48;
        var msrs = new SoftwareVmxProfile().Msrs.ToDictionary();
        if (hasMsr)
            msrs[0x345] = announces ? 1UL << 15 : 0;
        var profile = new SoftwareVmxProfile
        {
            Msrs = msrs,
            Cpuid = (leaf, subleaf) =>
                leaf switch
                {
                    0 => new(0xA, 0, 0, 0),
                    1 => new(0, 0, hasMsr ? 1u << 15 : 0, 0), // PDCM
                    0xA => new(0x0730_0402, 0, 0, 3),
                    _ => new SoftwareVmxProfile().Cpuid(leaf, subleaf),
                },
        };

        var context = VmEntryContext.Of(new SoftwareMachine(profile).LoadVmcs().Processor);

        Assert.Equal(0x7_0000_000FUL, context.Ia32PerfGlobalCtrlBits & ~EnableMetrics);
        Assert.Equal(isAllowed, (context.Ia32PerfGlobalCtrlBits & EnableMetrics) != 0);
    }

    private static void WriteArea(SoftwareMachine machine, MsrAreaEntry[] entries)
    {
        machine.Processor.Memory.Write(SoftwareMachine.MsrArea, MemoryMarshal.AsBytes(entries.AsSpan()));
        machine.Vmcs.Access.Write(VmcsField.VmEntryMsrLoadAddress, SoftwareMachine.MsrArea);
        machine.Vmcs.Access.Write(VmcsField.VmEntryMsrLoadCount, (uint)entries.Length);
    }
}
