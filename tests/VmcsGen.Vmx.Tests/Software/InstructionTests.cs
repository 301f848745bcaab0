using System.Linq;
using Xunit;

namespace VmcsGen.Vmx.Tests.Software;

public sealed class InstructionTests
{
    public static TheoryData<InstructionCase> Cases => InstructionCases.All;

    public static TheoryData<InstructionCase> FailingCases =>
        [.. InstructionCases.All.Select(static row => row.Data).Where(static one => one.Expected != VmxResult.Success)];

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void An_instruction_ends_as_the_SDM_says(InstructionCase one)
    {
        var situation = new SoftwareSituation();
        one.Prepare(situation);

        if (one.Fault is { } vector)
        {
            var fault = Assert.Throws<ProcessorFaultException>(() => one.Act(situation.Processor));
            Assert.Equal(vector, fault.Vector);
            Assert.Equal(vector == ExceptionVector.GeneralProtection ? 0u : null, fault.ErrorCode);
            return;
        }
        var result = one.Act(situation.Processor);
        Assert.Equal(one.Expected, result);
        if (result.Error != 0)
            Assert.Equal((ulong)result.Error, (ulong)situation.Machine.Vmcs.VmInstructionError);
    }

    [Theory]
    [MemberData(nameof(FailingCases), DisableDiscoveryEnumeration = true)]
    public void An_instruction_that_does_not_succeed_changes_nothing_but_the_error_number(InstructionCase one)
    {
        var situation = new SoftwareSituation();
        one.Prepare(situation);
        var before = State(situation);
        try
        {
            one.Act(situation.Processor);
        }
        catch (ProcessorFaultException)
        {
            // State is what counts here.
        }
        Assert.Equal(before, State(situation));
    }

    private static string State(SoftwareSituation situation)
    {
        var processor = situation.Processor;
        var current = ulong.MaxValue;
        var fields = "";
        if (processor.IsInVmxOperation)
        {
            processor.Vmptrst(out current);
            if (current != ulong.MaxValue)
            {
                fields = string.Join(
                    ' ',
                    VmcsFields
                        .All.ToArray()
                        .Where(info => info.Field != VmcsField.VmInstructionError && processor.Capabilities.Supports(info.Field))
                        .Select(info => processor.Vmread(info.Field, out var value).IsSuccess ? $"{value:X}" : "?")
                );
            }
        }
        return $"{processor.IsInVmxOperation} {current:X} {processor.ReadControlRegister(ControlRegister.Cr4):X} "
            + $"{situation.Machine.ReadDword(SoftwareMachine.Region):X} {fields}";
    }
}
