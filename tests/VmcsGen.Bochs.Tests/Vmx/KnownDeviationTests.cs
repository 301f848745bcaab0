using System;
using System.IO;
using System.Linq;
using System.Text;
using VmcsGen.Oracle.Tests.Support;
using VmcsGen.Vmx.Bochs.Tests.Testing;
using VmcsGen.Vmx.Entry;
using VmcsGen.Vmx.Fuzz;
using VmcsGen.Vmx.Testing;
using Xunit;

namespace VmcsGen.Vmx.Bochs.Tests.Vmx;

/// <summary>What the package says about Bochs: it is seen, documented, and kept from doing harm.</summary>
public sealed class KnownDeviationTests(MachinePool machines) : IClassFixture<MachinePool>
{
    // The variable with which snapshots are accepted.
    private const string AcceptVariable = "VMCSGEN_ACCEPT_SNAPSHOTS";

    private const string TrapFlag = "the monitor trap flag is offered and taken, and causes no VM exit";

    [Fact]
    public void Every_deviation_of_the_package_is_one_that_tests_see() =>
        Assert.Equal(
            BochsMachine.Deviations.Select(static known => known.Name).Order(),
            Deviations
                .Shown.Select(static known => known.Name)
                .Concat(BochsDeviations.All.Select(static seen => seen.Name))
                .Concat(BochsDeviations.Effects.Select(static seen => seen.Name))
                .Concat(BochsDeviations.Msrs.Select(static seen => seen.Name))
                .Concat(EventDeviation.Shown)
                .Append(TrapFlag)
                .Order()
        );

    [Fact]
    public void The_page_lists_them()
    {
        var path = Path.Combine(Repository.Root, "docs", "bochs.md");
        var page = Page();
        if (Environment.GetEnvironmentVariable(AcceptVariable) == "1")
            File.WriteAllText(path, page);
        Assert.Equal(page, File.ReadAllText(path));
    }

    [Theory]
    [InlineData("corei7_icelake_u")]
    [InlineData("tigerlake")]
    public void The_monitor_trap_flag_is_offered_and_no_VM_exit_comes(string model)
    {
        var cpu = machines.Get(model).Cpu;
        Assert.True(BochsMachine.Deviations.Single(static known => known.Name == TrapFlag).AppliesTo(VmxCapabilities.Read(cpu)));
        var rig = new VmxRig(cpu, cpu.FreeMemory.Start);
        rig.Prepare(VmxStage.Programmed);
        cpu.Memory.Write(rig.Code, [0x90, 0x90, 0x90, 0x0F, 0xA2]); // nop, nop, nop, cpuid
        var vmcs = rig.Vmcs;
        vmcs.PrimaryProcessorBasedControls = vmcs.PrimaryProcessorBasedControls with { MonitorTrapFlag = true };
        GeneralRegisters registers = default;

        // By the SDM it is MonitorTrapFlag, one byte on.
        Assert.Equal(BasicExitReason.Cpuid, cpu.RunGuest(ref registers).BasicReason);
        Assert.Equal(rig.Code + 3, (ulong)vmcs.GuestRip);
    }

    [Theory]
    [InlineData("corei7_skylake_x", VmcsField.EntryInterruptionInformation, 0x8000_0700, "type 7 is taken")]
    [InlineData("corei7_skylake_x", VmcsField.VmExitMsrLoadCount, 0x1000_0000, "the size of an MSR area wraps")]
    [InlineData("tigerlake", VmcsField.VmExitMsrStoreCount, 0x1000_0000, "the size of an MSR area wraps")]
    public void A_VM_entry_that_would_end_the_emulator_is_refused_and_the_machine_goes_on(
        string model,
        VmcsField field,
        ulong fatal,
        string name
    )
    {
        var cpu = machines.Get(model).Cpu;
        var rig = new VmxRig(cpu, cpu.FreeMemory.Start);
        rig.Prepare(VmxStage.Programmed);
        var before = rig.Vmcs.Access.Read(field);
        var batch = cpu.CreateBatch();
        batch.Vmwrite(field, fatal);
        var launch = batch.Vmlaunch(default);

        var refused = Assert.Throws<NotSupportedException>(batch.Execute);

        Assert.Contains(name, refused.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(BochsMachine.AllowsFatalInstructions), refused.Message, StringComparison.Ordinal);
        Assert.False(launch.IsExecuted);
        Assert.Equal(fatal, rig.Vmcs.Access.Read(field));
        rig.Vmcs.Access.Write(field, before);
        Assert.Equal(VmxOutcome.Exit(BasicExitReason.Cpuid), rig.Launch());
    }

    [Fact]
    public void An_injected_monitor_trap_flag_is_let_through_where_the_processor_has_it()
    {
        var cpu = machines.Get("tigerlake").Cpu;
        var rig = new VmxRig(cpu, cpu.FreeMemory.Start);
        rig.Prepare(VmxStage.Programmed);
        rig.Vmcs.Access.Write(VmcsField.EntryInterruptionInformation, 0x8000_0700);
        GeneralRegisters registers = default;

        Assert.Equal(BasicExitReason.MonitorTrapFlag, cpu.RunGuest(ref registers).BasicReason);
    }

    private static string Page()
    {
        var page = new StringBuilder(
            """
            # What Bochs does differently from the SDM

            `BochsMachine` starts Bochs 2.7, as Debian and Ubuntu have it. It executes VMX as the SDM says but for what is listed here; each was seen by
            a test, and `BochsMachine.Deviations` has the same as data. `BochsDeviation.AppliesTo` tells which CPU models deviate.

            What is marked as fatal ends the emulator, or leaves it without an answer. Such an instruction is refused with a `NotSupportedException`
            before it is sent, unless `BochsMachine.AllowsFatalInstructions` is set.

            This page is written by a test from these data: do not edit it.

            """
        );
        foreach (var area in BochsMachine.Deviations.GroupBy(static known => known.Area))
        {
            page.Append(
                System.Globalization.CultureInfo.InvariantCulture,
                $"\n## {Heading(area.Key)}\n\n| Bochs | by the SDM | fatal |\n| --- | --- | --- |\n"
            );
            foreach (var known in area)
                page.Append(
                    System.Globalization.CultureInfo.InvariantCulture,
                    $"| {known.Name} | {known.Sdm} | {(known.IsFatal ? "yes" : "")} |\n"
                );
        }
        return page.ToString();
    }

    private static string Heading(BochsDeviationArea area) =>
        area switch
        {
            BochsDeviationArea.Instruction => "Instructions",
            BochsDeviationArea.VmEntryCheck => "Checks of VM entries",
            BochsDeviationArea.VmEntryEffect => "What VM entries write",
            BochsDeviationArea.Msr => "Model-specific registers",
            BochsDeviationArea.VmExit => "VM exits",
            _ => throw new ArgumentOutOfRangeException(nameof(area)),
        };
}
