using System;
using System.Linq;
using VmcsGen.Vmx.Software;
using VmcsGen.Vmx.Testing;
using Xunit;

namespace VmcsGen.Vmx.Tests.Software;

/// <summary>Operands that fault, other modes, and registers beside VMX, on the software processor. Bochs has the same cases.</summary>
public sealed class InstructionFormTests
{
    private const ulong Pml4 = 0x20_0000;
    private const ulong Pdpt = 0x20_1000;

    public static TheoryData<string> Names { get; } = new(FormCases.All.Select(static one => one.Name));

    [Theory]
    [MemberData(nameof(Names))]
    public void An_instruction_ends_as_the_SDM_says(string name)
    {
        var one = FormCases.Named(name);
        var rig = new VmxRig(Processor(), memory: 0x10_0000);

        Assert.Equal(one.Expected, one.Run(rig));
    }

    [Fact]
    public void Memory_operands_are_read_and_written_where_they_are()
    {
        var rig = new VmxRig(Processor(), memory: 0x10_0000);

        rig.Prepare(VmxStage.Current);
        Assert.Equal(VmxResult.Success, rig.Processor.Execute(new(VmxInstruction.Vmptrst) { Operand = rig.Scratch }));
        Assert.Equal(
            VmxResult.Success,
            rig.Processor.Execute(new(VmxInstruction.Vmwrite) { Operand = rig.Scratch, Register = (ulong)VmcsField.GuestRip })
        );

        Assert.Equal(rig.VmcsRegion, (ulong)rig.Vmcs.GuestRip);
    }

    [Fact]
    public void Debug_registers_are_those_of_the_processor() => Assert.Null(RegisterCases.FindWrongDebugRegister(Processor()));

    // SDM 2D, XSETBV.
    [Theory]
    [InlineData(true, 0u, 3ul, null)]
    [InlineData(true, 0u, 1ul, null)]
    [InlineData(true, 0u, 2ul, ExceptionVector.GeneralProtection)]
    [InlineData(true, 1u, 1ul, ExceptionVector.GeneralProtection)]
    [InlineData(true, 0u, 1ul << 62, ExceptionVector.GeneralProtection)]
    [InlineData(false, 0u, 3ul, ExceptionVector.InvalidOpcode)]
    public void XCR0_takes_what_the_SDM_allows(bool isEnabled, uint index, ulong value, ExceptionVector? fault) =>
        Assert.Equal(fault, RegisterCases.WriteXcr(Processor(), isEnabled, index, value).Fault);

    [Fact]
    public void What_no_program_has_is_refused()
    {
        var processor = Processor();
        Assert.Throws<ArgumentException>(() => processor.Execute(new(VmxInstruction.Vmptrld, VmxInstructionMode.BehindMovSs)));
        Assert.Throws<ArgumentException>(() => processor.Execute(new(VmxInstruction.Vmxoff)));
        Assert.Throws<ArgumentOutOfRangeException>(() => processor.ReadDebugRegister(4));
    }

    [Fact]
    public void A_write_to_a_page_without_write_access_faults_while_CR0_WP_is_1()
    {
        var processor = Processor();
        Entry(processor, Pdpt, 0x81);
        var rig = new VmxRig(processor, memory: 0x10_0000);
        rig.Prepare(VmxStage.Current);
        var form = new VmxInstructionForm(VmxInstruction.Vmptrst) { Operand = rig.Scratch };

        processor.WriteControlRegister(ControlRegister.Cr0, processor.ReadControlRegister(ControlRegister.Cr0) | 1 << 16);
        Assert.Equal(FormOutcome.PageFault(3, rig.Scratch), FormOutcome.Of(() => processor.Execute(form)));
        Assert.Equal(rig.Scratch, processor.ReadControlRegister(ControlRegister.Cr2));
        processor.WriteControlRegister(ControlRegister.Cr0, processor.ReadControlRegister(ControlRegister.Cr0) & ~(1UL << 16));
        Assert.Equal(new FormOutcome(VmxResult.Success), FormOutcome.Of(() => processor.Execute(form)));
    }

    // SDM 3A 5.7: bit 3 of the error code. 40 bits are the processor's.
    [Fact]
    public void A_reserved_bit_of_a_paging_structure_is_in_the_error_code()
    {
        var processor = Processor();
        Entry(processor, Pdpt, 1UL << 45 | 0x83);
        var rig = new VmxRig(processor, memory: 0x10_0000);
        rig.Prepare(VmxStage.Current);

        Assert.Equal(
            FormOutcome.PageFault(9, rig.Scratch),
            FormOutcome.Of(() => processor.Execute(new(VmxInstruction.Vmptrld) { Operand = rig.Scratch }))
        );
    }

    // The first 4 GiB by pages of 1 GiB, as the agent on Bochs has them.
    private static SoftwareVmx Processor()
    {
        var processor = new SoftwareVmx(new PhysicalMemory(SoftwareMachine.MemorySize), executor: new ScriptedExecutor());
        Entry(processor, Pml4, Pdpt | 3);
        for (var i = 0UL; i < 4; i++)
            Entry(processor, Pdpt + (i * 8), i << 30 | 0x83);
        processor.WriteControlRegister(ControlRegister.Cr3, Pml4);
        return processor;
    }

    private static void Entry(SoftwareVmx processor, ulong address, ulong value) =>
        processor.Memory.Write(address, BitConverter.GetBytes(value));
}
