using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
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
        var path = Path.Combine(Repository.Root, "docs", "deviations.md");
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

    [Fact]
    public void Every_rule_of_a_deviation_has_a_witness()
    {
        using var file = File.OpenRead(Path.Combine(Repository.Root, "tests", "witnesses", "vm-entry.json"));
        using var document = JsonDocument.Parse(file);
        var witnesses = document
            .RootElement.GetProperty("witnesses")
            .EnumerateArray()
            .Select(static witness => witness.GetProperty("rule").GetString()!)
            .ToHashSet();
        var rules = BochsMachine
            .Deviations.SelectMany(static known => known.Rules)
            .Concat(KvmDeviations.Own.SelectMany(static known => known.Rules));
        Assert.Empty(rules.Except(witnesses));
    }

    private static string Page()
    {
        var page = new StringBuilder(
            """
            # Where implementations differ from the SDM

            Programs compared VMX as the SDM describes it with Bochs 2.7, as Debian and Ubuntu have it, and with the VMX that KVM of Linux 6.1 gives
            to its guests. What is listed here is what they do otherwise, each seen by a test.

            A row can be reported as it stands: what the implementation does, what the SDM says, and how to see it. For a rule of VM entry the way is
            its witness in [tests/witnesses/vm-entry.json](../tests/witnesses/vm-entry.json): a VMCS, with the capabilities of its processor, that
            breaks this rule and no other, and how VMLAUNCH must end ([vm-entry-rules.md](vm-entry-rules.md#witnesses)). The tests in
            `tests/VmcsGen.Bochs.Tests/Vmx` show the others by their instructions.

            This page is written by a test from data: do not edit it.

            ## Bochs

            `BochsMachine.Deviations` has these as data, and `BochsDeviation.AppliesTo` tells which CPU models deviate. What is marked as fatal ends the
            emulator, or leaves it without an answer. Such an instruction is refused with a `NotSupportedException` before it is sent, unless
            `BochsMachine.AllowsFatalInstructions` is set.

            """
        );
        foreach (var area in BochsMachine.Deviations.GroupBy(static known => known.Area))
        {
            var hasRules = area.Any(static known => known.Rules.Count > 0);
            page.Append(
                CultureInfo.InvariantCulture,
                $"\n### {Heading(area.Key)}\n\n| Bochs | by the SDM |{(hasRules ? " witnesses |" : "")} fatal |\n| --- | --- |{(hasRules ? " --- |" : "")} --- |\n"
            );
            foreach (var known in area)
                page.Append(
                    CultureInfo.InvariantCulture,
                    $"| {known.Name} | {known.Sdm} |{(hasRules ? $" {string.Join(", ", known.Rules)} |" : "")} {(known.IsFatal ? "yes" : "")} |\n"
                );
        }
        page.Append(
            """

            ## KVM

            kvm_intel of Linux 6.1 with `nested=1`, in the [intel lab](labs.md). What KVM does not check itself it leaves to the processor beneath it,
            and hands on what that says.

            | KVM | by the SDM | witnesses |
            | --- | --- | --- |

            """
        );
        foreach (var known in KvmDeviations.Own)
            page.Append(CultureInfo.InvariantCulture, $"| {known.Deviation.Name} | {known.Sdm} | {string.Join(", ", known.Rules)} |\n");
        page.Append(
            """

            What it keeps of fields differs too:

            - VMWRITE drops the reserved bits of access rights (bits 11:8 and 31:17), as some processors do. A later entry does not find them.
            - The fields of the executive-VMCS pointer (200CH) and of the guest's SMBASE (4828H) do not exist (VM-instruction error 12).

            """
        );
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
