using System;
using System.Runtime.InteropServices;
using VmcsGen.Vmx.Structures;
using Xunit;

namespace VmcsGen.Vmx.Tests;

// SDM 3C, chapter 31, INVEPT and INVVPID.
public class InvalidationDescriptorTests
{
    [Fact]
    public void An_INVEPT_descriptor_has_the_EPT_pointer_in_its_first_8_bytes_and_zeros_behind() =>
        Assert.Equal("5E301200000000000000000000000000", Hex(new InveptDescriptor(new EptPointer(0x12_305E))));

    [Fact]
    public void An_INVVPID_descriptor_has_the_VPID_in_bytes_1_to_0_and_the_address_in_its_last_8_bytes() =>
        Assert.Equal("34120000000000008877665544332211", Hex(new InvvpidDescriptor(0x1234, 0x1122_3344_5566_7788)));

    [Fact]
    public void An_INVVPID_descriptor_with_reserved_bits_is_malformed()
    {
        Assert.True(new InvvpidDescriptor(1).IsWellFormed);
        Assert.False(MemoryMarshal.Read<InvvpidDescriptor>(Convert.FromHexString("01000100000000000000000000000000")).IsWellFormed);
        Assert.False(MemoryMarshal.Read<InvvpidDescriptor>(Convert.FromHexString("01000000000000800000000000000000")).IsWellFormed);
    }

    private static string Hex<T>(T value)
        where T : unmanaged => Convert.ToHexString(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));
}
