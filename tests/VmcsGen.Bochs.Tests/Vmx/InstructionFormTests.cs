using System;
using System.Linq;
using VmcsGen.Vmx.Bochs.Tests.Testing;
using VmcsGen.Vmx.Testing;
using Xunit;

namespace VmcsGen.Vmx.Bochs.Tests.Vmx;

/// <summary>Operands that fault, other modes, and registers beside VMX, on Bochs. The software processor has the same cases.</summary>
public sealed class InstructionFormTests(MachinePool machines) : IClassFixture<MachinePool>
{
    public static TheoryData<string> Names { get; } = new(FormCases.All.Select(static one => one.Name));

    private IVmxProcessor Processor => machines.Get(BochsMachine.DefaultModel).Cpu;

    [Theory]
    [MemberData(nameof(Names))]
    public void An_instruction_ends_as_the_SDM_says(string name)
    {
        var one = FormCases.Named(name);
        var cpu = machines.Get(BochsMachine.DefaultModel).Cpu;
        var rig = new VmxRig(cpu, cpu.FreeMemory.Start);

        Assert.Equal(one.Expected, one.Run(rig));
    }

    [Fact]
    public void Memory_operands_are_read_and_written_where_they_are()
    {
        var cpu = machines.Get(BochsMachine.DefaultModel).Cpu;
        var rig = new VmxRig(cpu, cpu.FreeMemory.Start);

        rig.Prepare(VmxStage.Current);
        Assert.Equal(VmxResult.Success, rig.Processor.Execute(new(VmxInstruction.Vmptrst) { Operand = rig.Scratch }));
        Assert.Equal(
            VmxResult.Success,
            rig.Processor.Execute(new(VmxInstruction.Vmwrite) { Operand = rig.Scratch, Register = (ulong)VmcsField.GuestRip })
        );

        Assert.Equal(rig.VmcsRegion, (ulong)rig.Vmcs.GuestRip);
    }

    [Fact]
    public void Debug_registers_are_those_of_the_processor() => Assert.Null(RegisterCases.FindWrongDebugRegister(Processor));

    // SDM 2D, XSETBV.
    [Theory]
    [InlineData(true, 0u, 3ul, null)]
    [InlineData(true, 0u, 1ul, null)]
    [InlineData(true, 0u, 2ul, ExceptionVector.GeneralProtection)]
    [InlineData(true, 1u, 1ul, ExceptionVector.GeneralProtection)]
    [InlineData(true, 0u, 1ul << 62, ExceptionVector.GeneralProtection)]
    [InlineData(false, 0u, 3ul, ExceptionVector.InvalidOpcode)]
    public void XCR0_takes_what_the_SDM_allows(bool isEnabled, uint index, ulong value, ExceptionVector? fault) =>
        Assert.Equal(fault, RegisterCases.WriteXcr(Processor, isEnabled, index, value).Fault);

    [Fact]
    public void What_no_program_has_is_refused()
    {
        var processor = Processor;
        Assert.Throws<ArgumentException>(() => processor.Execute(new(VmxInstruction.Vmptrld, VmxInstructionMode.BehindMovSs)));
        Assert.Throws<ArgumentException>(() => processor.Execute(new(VmxInstruction.Vmxoff)));
        Assert.Throws<ArgumentOutOfRangeException>(() => processor.ReadDebugRegister(4));
    }
}
