using System.Linq;
using VmcsGen.Vmx.Software;
using Xunit;

namespace VmcsGen.Vmx.Tests.Software;

/// <summary>MSRs and control registers of the software processor.</summary>
public sealed class RegisterTests
{
    private readonly SoftwareVmx _processor = new SoftwareMachine().Processor;

    [Fact]
    public void The_revision_identifier_is_that_of_vmcs12_whatever_the_recorded_MSR_says()
    {
        var recorded = RecordedProcessor.Load("corei7_skylake_x").Msrs;
        var processor = new SoftwareVmx(new PhysicalMemory(4096), new SoftwareVmxProfile { CapabilityMsrs = recorded });
        var basic = new VmxBasic(processor.ReadMsr(0x480));
        Assert.Equal(0x11E57ED0u, basic.VmcsRevisionIdentifier);
        Assert.Equal(4096u, basic.VmcsRegionSize);
        Assert.Equal(new VmxBasic(recorded[VmxMsr.Ia32VmxBasic]).TrueControls, basic.TrueControls);
    }

    [Fact]
    public void RDMSR_of_an_unknown_MSR_raises_GP()
    {
        Assert.False(_processor.TryRead(0x12345, out _));
        var fault = Assert.Throws<ProcessorFaultException>(() => _processor.ReadMsr(0x12345));
        Assert.Equal(ExceptionVector.GeneralProtection, fault.Vector);
        Assert.Contains("RDMSR 0x12345", fault.Message, System.StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x12345, 0ul)] // unknown
    [InlineData(0x480, 0ul)] // read-only
    [InlineData(0xC0000082, 1ul << 47)] // not canonical
    [InlineData(0x277, 2ul)] // no memory type
    [InlineData(0xC0000080, 1ul << 63 | 0x500)] // reserved
    [InlineData(0xC0000080, 0ul)] // LME with paging
    [InlineData(0xC0000103, 1ul << 32)] // reserved
    public void WRMSR_of_what_an_MSR_does_not_take_raises_GP(uint msr, ulong value) =>
        Assert.Equal(
            ExceptionVector.GeneralProtection,
            Assert.Throws<ProcessorFaultException>(() => _processor.WriteMsr(msr, value)).Vector
        );

    [Fact]
    public void WRMSR_is_read_back()
    {
        _processor.WriteMsr(0xC0000102, 0xFFFF_8000_1234_5678);
        Assert.Equal(0xFFFF_8000_1234_5678, _processor.ReadMsr(0xC0000102));
    }

    [Fact]
    public void WRMSR_does_not_change_LMA()
    {
        _processor.WriteMsr(0xC0000080, 0x101);
        Assert.Equal(0x501u, _processor.ReadMsr(0xC0000080));
    }

    [Fact]
    public void IA32_FEATURE_CONTROL_cannot_be_written_once_it_is_locked()
    {
        _processor.WriteMsr(0x3A, 4);
        _processor.WriteMsr(0x3A, 5);
        Assert.Throws<ProcessorFaultException>(() => _processor.WriteMsr(0x3A, 5));
        Assert.Equal(5u, _processor.ReadMsr(0x3A));
    }

    [Theory]
    [InlineData(ControlRegister.Cr0, 0x33ul)] // without paging
    [InlineData(ControlRegister.Cr0, 0x1_8005_0033ul)] // reserved
    [InlineData(ControlRegister.Cr0, 0xA005_0033ul)] // NW without CD
    [InlineData(ControlRegister.Cr4, 0x600ul)] // without PAE
    [InlineData(ControlRegister.Cr4, 0x8000_0620ul)] // reserved
    [InlineData(ControlRegister.Cr3, 1ul << 40)] // beyond the width
    [InlineData(ControlRegister.Cr8, 0x10ul)] // reserved
    public void MOV_of_what_a_control_register_does_not_take_raises_GP(ControlRegister register, ulong value) =>
        Assert.Equal(
            ExceptionVector.GeneralProtection,
            Assert.Throws<ProcessorFaultException>(() => _processor.WriteControlRegister(register, value)).Vector
        );

    [Theory]
    [InlineData(ControlRegister.Cr0, 1ul << 5)]
    [InlineData(ControlRegister.Cr4, 1ul << 13)]
    public void Fixed_bits_cannot_be_cleared_in_VMX_operation(ControlRegister register, ulong bit)
    {
        var processor = new SoftwareMachine().EnterVmxOperation().Processor;
        var value = processor.ReadControlRegister(register);
        Assert.Throws<ProcessorFaultException>(() => processor.WriteControlRegister(register, value & ~bit));
        processor.Vmxoff().ThrowIfFailed("VMXOFF");
        processor.WriteControlRegister(register, value & ~bit);
        Assert.Equal(value & ~bit, processor.ReadControlRegister(register));
    }

    [Fact]
    public void CPUID_shows_VMX_and_answers_beyond_the_last_leaf_as_the_last_basic_one()
    {
        Assert.NotEqual(0u, _processor.Cpuid(1).Ecx & 1 << 5);
        Assert.Equal(_processor.Cpuid(7), _processor.Cpuid(0x4000_0000));
        Assert.Equal(40u, _processor.Cpuid(0x8000_0008).Eax & 0xFF);
    }

    [Fact]
    public void Every_MSR_of_the_profile_can_be_read()
    {
        var profile = new SoftwareVmxProfile();
        Assert.All(profile.Msrs, msr => Assert.Equal(msr.Value, _processor.ReadMsr(msr.Key)));
        Assert.All(
            profile.CapabilityMsrs.Where(msr => msr.Key != VmxMsr.Ia32VmxBasic),
            msr => Assert.Equal(msr.Value, _processor.ReadMsr((uint)msr.Key))
        );
    }
}
