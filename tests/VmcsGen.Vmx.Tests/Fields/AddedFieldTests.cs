using System.Linq;
using Xunit;

namespace VmcsGen.Vmx.Tests.Fields;

/// <summary>Fields that no spec of the library knows, which are added while a program runs.</summary>
public class AddedFieldTests
{
    [Fact]
    public void Added_fields_are_found_once_and_in_order_and_never_in_the_place_of_built_in_ones()
    {
        VmcsFields.Add([Info(0x2F36, "Third"), Info(0x2F32, "First"), Info((uint)VmcsField.GuestRip, "NotRip")]);
        VmcsFields.Add([Info(0x2F34, "Second"), Info(0x2F32, "Again")]);

        Assert.Equal(["First", "Second", "Third"], VmcsFields.Added.ToArray().Select(static info => info.Name));
        Assert.Equal("Second (0x2F34)", VmcsFields.NameOf((VmcsField)0x2F34));
        Assert.Equal("GuestRip (0x681E)", VmcsFields.NameOf(VmcsField.GuestRip));
        Assert.True(VmcsFields.TryFind("third", out var third));
        Assert.Equal((VmcsField)0x2F36, third.Field);
        Assert.False(VmcsFields.TryFind("Again", out _));
    }

    private static VmcsFieldInfo Info(uint encoding, string name) => new((VmcsField)encoding, name, null, null);
}
