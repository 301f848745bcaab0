using System;
using Xunit;

namespace VmcsGen.Vmx.Tests;

/// <summary>A layout that, other than a VMCS region, has a field in its first eight bytes, before which there is nothing to read.</summary>
public class EarlyFieldTests
{
    private readonly VirtualizationExceptionInformationImage _image = VirtualizationExceptionInformationImage.Create();

    // Not a constant for the JIT, which looks a constant up while it compiles.
    private VmcsField _field = VmcsField.ExitReason;

    [Fact]
    public void A_field_at_the_start_is_read_by_its_encoding()
    {
        _image.Bytes.Fill(0xEE);
        _image.Bytes[0] = 48;
        Assert.True(_image.TryRead(_field, out var value).IsSuccess);
        Assert.Equal(0xEEEE_EE30, value);
        Assert.Equal(value, _image.Read(_field));
        Assert.Equal(value, _image.Read(VmcsField.ExitReason));
    }

    [Fact]
    public void A_field_at_the_start_is_written_by_its_encoding_and_no_byte_beside_it()
    {
        Assert.True(_image.TryWrite(_field, ulong.MaxValue).IsSuccess);
        Assert.Equal(uint.MaxValue, _image.Page.ExitReason.Value);
        _image.Write(_field, 48);
        Assert.Equal(48u, _image.Page.ExitReason.Value);
        Assert.Equal(-1, _image.Bytes[4..].IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public void A_field_that_the_layout_lacks_is_not_found_at_the_start()
    {
        _field = VmcsField.GuestRip;
        Assert.Equal(VmInstructionError.UnsupportedVmcsComponent, _image.TryRead(_field, out _).Error);
        Assert.Throws<VmxFailException>(() => _image.Read(_field));
    }
}
