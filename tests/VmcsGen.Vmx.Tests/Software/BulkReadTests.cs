using System;
using Xunit;

namespace VmcsGen.Vmx.Tests.Software;

/// <summary>Several fields or MSRs at once are what each is by itself.</summary>
public sealed class BulkReadTests
{
    [Fact]
    public void Fields_that_are_read_and_written_together_have_their_own_outcomes()
    {
        IVmxProcessor processor = new SoftwareMachine().LoadVmcs().Processor;
        VmcsField[] fields = [VmcsField.GuestRip, (VmcsField)0x2FFE, VmcsField.GuestRsp];
        var outcomes = new VmxResult[3];
        var values = new ulong[3];

        processor.Vmwrite(fields, [1, 2, 3], outcomes);
        Assert.Equal([VmxResult.Success, VmxResult.FailValid(VmInstructionError.UnsupportedVmcsComponent), VmxResult.Success], outcomes);
        outcomes.AsSpan().Clear();
        processor.Vmread(fields, values, outcomes);

        Assert.Equal([1UL, 0UL, 3UL], values);
        Assert.Equal([VmxResult.Success, VmxResult.FailValid(VmInstructionError.UnsupportedVmcsComponent), VmxResult.Success], outcomes);
        Assert.Throws<ArgumentException>(() => processor.Vmread(fields, new ulong[2], new VmxResult[3]));
        Assert.Throws<ArgumentException>(() => processor.Vmwrite(fields, new ulong[3], new VmxResult[2]));
    }

    [Fact]
    public void MSRs_that_are_read_together_tell_which_there_are()
    {
        IMsrSource source = new MsrValues { [VmxMsr.Ia32VmxBasic] = 7 };
        var values = new ulong[2];
        var exist = new bool[2];

        source.TryReadMsrs([0x481, 0x480], values, exist);

        Assert.Equal([0UL, 7UL], values);
        Assert.Equal([false, true], exist);
    }
}
