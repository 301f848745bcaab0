using System;
using VmcsGen.Vmx.Creation;
using VmcsGen.Vmx.Entry;
using VmcsGen.Vmx.Structures;
using Xunit;

namespace VmcsGen.Vmx.Tests;

/// <summary>What people print has words.</summary>
public sealed class TextTests
{
    [Fact]
    public void A_field_is_its_name_and_encoding()
    {
        Assert.True(VmcsFields.TryFind(VmcsField.GuestRip, out var info));
        Assert.Equal("GuestRip (0x681E)", info.ToString());
    }

    [Fact]
    public void A_part_of_a_bit_field_is_its_name_and_bits()
    {
        Assert.Equal("Vector (bits 7:0)", ExitInterruptionInformation.Parts[0].ToString());
        Assert.Equal("Valid (bit 31)", ExitInterruptionInformation.Parts[^1].ToString());
    }

    [Fact]
    public void A_member_of_a_layout_is_its_name_and_place() =>
        Assert.Equal("LaunchState (bytes 8 to 11)", Array.Find(Vmcs12.Members.ToArray(), static m => m.Offset == 8).ToString());

    [Fact]
    public void Descriptors_and_entries_are_what_they_hold_and_reserved_bits_show()
    {
        Assert.Equal("VPID 5, linear address 0x1000", new InvvpidDescriptor(5, 0x1000).ToString());
        Assert.Equal(
            "VPID 5, linear address 0x0, reserved bits 0x000000020001",
            new InvvpidDescriptor(5) { ReservedLow = 1, ReservedHigh = 2 }.ToString()
        );
        var pointer = new EptPointer(0x701E);
        Assert.Equal(pointer.ToString(), new InveptDescriptor(pointer).ToString());
        Assert.EndsWith(", reserved bits 0x9", new InveptDescriptor(pointer) { Reserved = 9 }.ToString(), StringComparison.Ordinal);
        Assert.Equal("MSR 0xC0000080 = 0x500", new MsrAreaEntry(0xC000_0080, 0x500).ToString());
        Assert.Equal("MSR 0x10 = 0x1, reserved bits 0x2", new MsrAreaEntry(0x10, 1) { Reserved = 2 }.ToString());
    }

    [Fact]
    public void What_processors_report_has_one_base()
    {
        Assert.All(
            (Exception[])
                [
                    new VmxFailException("VMREAD", VmxResult.FailInvalid),
                    new ProcessorFaultException("VMXON", ExceptionVector.InvalidOpcode),
                    new VmxAbortException(VmxAbort.LoadingHostMsrs, "a test wants it so"),
                ],
            static failure => Assert.IsType<VmxException>(failure, exactMatch: false)
        );
        Assert.True(typeof(VmEntryException).IsSubclassOf(typeof(VmxFailException)));
        Assert.True(typeof(VmxCreationException).IsSubclassOf(typeof(VmxException)));
    }
}
