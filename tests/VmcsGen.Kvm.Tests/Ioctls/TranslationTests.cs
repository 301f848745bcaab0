using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Ioctls;

public class TranslationTests
{
    [Theory]
    [InlineData(Guest.CodeAddress, Guest.CodeAddress)]
    [InlineData(Guest.FlatWindow + 0x123, Guest.FlatWindow + 0x123)]
    [InlineData(Guest.FlatWindow + 0x20_0000 + 0x4_5678, 0x4_5678)] // Where the low memory is mapped a second time.
    public void Mapped_address_is_translated(ulong linear, ulong physical)
    {
        using var guest = Guest.Create(GuestMode.LongUser, static code => code.hlt());
        KvmTranslation translation = new() { LinearAddress = linear };

        guest.Vcpu.Translate(ref translation);

        Assert.Equal(1, translation.Valid);
        Assert.Equal(physical, translation.PhysicalAddress);
        Assert.Equal(linear, translation.LinearAddress);
    }

    [Fact]
    public void Address_that_is_not_mapped_is_not_valid()
    {
        using var guest = Guest.Create(GuestMode.LongUser, static code => code.hlt());
        KvmTranslation translation = new() { LinearAddress = 0x7000_0000_0000 };

        guest.Vcpu.Translate(ref translation);

        Assert.Equal(0, translation.Valid);
    }
}
