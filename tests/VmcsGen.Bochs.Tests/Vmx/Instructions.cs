using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmx.Bochs.Tests.Testing;
using VmcsGen.Vmx.RingZero;
using VmcsGen.Vmx.Testing;
using Xunit;

namespace VmcsGen.Vmx.Bochs.Tests.Vmx;

/// <summary>The cases of <see cref="VmxCases"/>, on processors that differ.</summary>
public sealed class Instructions(MachinePool machines) : IClassFixture<MachinePool>
{
    public static TheoryData<string, string> Rows { get; } =
        new(from row in Models.Different from one in VmxCases.All select (row.Data, one.Name));

    [Theory]
    [MemberData(nameof(Rows))]
    public void An_instruction_ends_as_the_SDM_says(string model, string name)
    {
        var machine = machines.Get(model);
        var cpu = machine.Cpu;
        var rig = new VmxRig(cpu, cpu.FreeMemory.Start);
        var one = VmxCases.Named(name);
        rig.Prepare(one.Stage);

        var deviation = Deviations.Of(one, rig.Capabilities);

        if (deviation is { Observed: null })
        {
            Assert.True(deviation.Known.IsFatal);
            var refused = Assert.Throws<NotSupportedException>(() => one.Act(rig));
            Assert.Contains(deviation.Known.Name, refused.Message, StringComparison.Ordinal);
            Assert.NotEqual(0UL, cpu.ReadMsr((uint)VmxMsr.Ia32VmxBasic));
            machine.AllowsFatalInstructions = true;
            Assert.Throws<RingZeroException>(() => one.Act(rig));
            machines.Dispose();
            return;
        }
        Assert.Equal(deviation?.Observed ?? one.Expected(rig.Capabilities), one.Act(rig));
    }

    [Fact]
    public void Every_error_number_that_can_be_reached_is_expected_by_a_case()
    {
        var capabilities = VmxCapabilities.Read(machines.Get("corei7_skylake_x").Cpu);
        var older = VmxCapabilities.Read(machines.Get("corei7_sandy_bridge_2600k").Cpu);
        var expected = VmxCases.All.SelectMany(one => new[] { one.Expected(capabilities), one.Expected(older) }).ToHashSet();

        var missing = new List<VmInstructionError>();
        foreach (var error in (VmInstructionError[])[.. Enum.GetValues<VmInstructionError>()])
        {
            if ((uint)error is not (6 or (>= 16 and <= 25) or 26) && !expected.Contains(VmxOutcome.Fail(error)))
                missing.Add(error);
        }
        Assert.Empty(missing);
    }

    [Fact]
    public void VMXON_raises_general_protection_until_IA32_FEATURE_CONTROL_allows_it()
    {
        using var machine = TestMachine.Start();
        var cpu = machine.Cpu;
        Assert.False(new FeatureControl(cpu.ReadMsr((uint)VmxMsr.Ia32FeatureControl)).Locked);
        cpu.WriteControlRegister(ControlRegister.Cr4, cpu.ReadControlRegister(ControlRegister.Cr4) | VmxRig.Cr4Vmxe);

        Assert.Equal(VmxOutcome.Protection, VmxOutcome.Of(() => cpu.Vmxon(cpu.FreeMemory.Start)));
        cpu.WriteMsr((uint)VmxMsr.Ia32FeatureControl, new FeatureControl { Locked = true }.Value);
        Assert.Equal(VmxOutcome.Protection, VmxOutcome.Of(() => cpu.Vmxon(cpu.FreeMemory.Start)));
        Assert.Throws<ProcessorFaultException>(() => cpu.WriteMsr((uint)VmxMsr.Ia32FeatureControl, 5));
    }
}
