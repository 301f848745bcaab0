using Xunit;

namespace VmcsGen.Vmx.Tests;

public class VmExitReadTests
{
    [Fact]
    public void A_VM_exit_is_read_from_any_VMCS()
    {
        var image = Vmcs12Image.Create();
        Write(image, VmcsField.ExitReason, 48);
        Write(image, VmcsField.ExitQualification, 0x1AA);
        Write(image, VmcsField.GuestLinearAddress, 0x1111);
        Write(image, VmcsField.GuestPhysicalAddress, 0x2222);
        Write(image, VmcsField.ExitInstructionLength, 3);
        Write(image, VmcsField.ExitInstructionInformation, 0x4444);
        Write(image, VmcsField.ExitInterruptionInformation, 0x8000_0B0E);
        Write(image, VmcsField.ExitInterruptionErrorCode, 0x6666);
        Write(image, VmcsField.IdtVectoringInformation, 0x8000_0031);
        Write(image, VmcsField.IdtVectoringErrorCode, 0x8888);

        var exit = VmExit.Read(image.Vmcs);

        Assert.Equal(BasicExitReason.EptViolation, exit.BasicReason);
        Assert.Equal(0x1AAul, exit.Qualification);
        Assert.Equal(0x1111ul, exit.GuestLinearAddress);
        Assert.Equal(0x2222ul, exit.GuestPhysicalAddress);
        Assert.Equal(3u, exit.InstructionLength);
        Assert.Equal(0x4444u, exit.InstructionInformation);
        Assert.Equal(0x8000_0B0Eu, exit.Interruption.Value);
        Assert.Equal(0x6666u, exit.InterruptionErrorCode);
        Assert.Equal(0x8000_0031u, exit.IdtVectoring.Value);
        Assert.Equal(0x8888u, exit.IdtVectoringErrorCode);
    }

    [Fact]
    public void Fields_that_the_VMCS_does_not_have_are_zero()
    {
        var area = VirtualizationExceptionInformationImage.Create();
        area.Page.ExitReason = new ExitReason { BasicReason = BasicExitReason.EptViolation };
        area.Page.GuestPhysicalAddress = 0x5000;

        var exit = VmExit.Read(area.Vmcs);

        Assert.Equal(BasicExitReason.EptViolation, exit.BasicReason);
        Assert.Equal(0x5000ul, exit.GuestPhysicalAddress);
        Assert.Equal(0u, exit.InstructionLength);
        Assert.False(exit.IdtVectoring.Valid);
    }

    [Fact]
    public void Without_a_current_VMCS_there_is_no_VM_exit()
    {
        var error = Assert.Throws<VmxFailException>(() => VmExit.Read(new Vmcs<NoCurrentVmcs>(default)));

        Assert.True(error.Result.IsFailInvalid);
    }

    private static void Write(Vmcs12Image image, VmcsField field, ulong value) =>
        image.TryWrite(field, value).ThrowIfFailed($"VMWRITE of {field}");

    private readonly struct NoCurrentVmcs : IVmcsAccess
    {
        public ulong Read(VmcsField field) => throw new VmxFailException($"VMREAD of {field}", VmxResult.FailInvalid);

        public void Write(VmcsField field, ulong value) => throw new VmxFailException($"VMWRITE of {field}", VmxResult.FailInvalid);

        public VmxResult TryRead(VmcsField field, out ulong value)
        {
            value = 0;
            return VmxResult.FailInvalid;
        }

        public VmxResult TryWrite(VmcsField field, ulong value) => VmxResult.FailInvalid;
    }
}
