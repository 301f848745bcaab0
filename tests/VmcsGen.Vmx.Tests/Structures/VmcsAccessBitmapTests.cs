using System;
using VmcsGen.Vmx.Structures;
using Xunit;

namespace VmcsGen.Vmx.Tests;

// SDM 3C 25.6.15 and 26.1.3.
public class VmcsAccessBitmapTests
{
    [Fact]
    public void Every_encoding_of_15_bits_has_one_bit_of_its_own()
    {
        var page = new byte[4096];
        for (uint encoding = 0; encoding < 0x8000; encoding++)
        {
            new VmcsAccessBitmap(page).Intercept((VmcsField)encoding);

            var place = page.AsSpan().IndexOfAnyExcept((byte)0);
            Assert.Equal((int)encoding / 8, place);
            Assert.Equal(1 << (int)(encoding % 8), page[place]);
            Assert.Equal(place, page.AsSpan().LastIndexOfAnyExcept((byte)0));
            new VmcsAccessBitmap(page).Allow((VmcsField)encoding);
            Assert.Equal(0, page[place]);
        }
    }

    [Fact]
    public void Longer_encodings_always_exit_and_cannot_be_allowed()
    {
        var page = new byte[4096];

        Assert.True(new VmcsAccessBitmap(page).Intercepts(0x8000ul));
        Assert.True(new VmcsAccessBitmap(page).Intercepts(0x1_0000_681E));
        Assert.False(new VmcsAccessBitmap(page).Intercepts(VmcsField.GuestRip));
        Assert.Throws<ArgumentOutOfRangeException>(() => new VmcsAccessBitmap(page).Allow((VmcsField)0x8000));
    }

    [Fact]
    public void InterceptAll_leaves_only_what_is_allowed_afterwards()
    {
        var bitmap = new VmcsAccessBitmap(new byte[4096]);
        bitmap.InterceptAll();
        bitmap.Allow(VmcsField.GuestRip);

        Assert.False(bitmap.Intercepts(VmcsField.GuestRip));
        Assert.True(bitmap.Intercepts(VmcsField.GuestRsp));
    }
}
