using System;
using System.Linq;
using Xunit;

namespace VmcsGen.Vmx.Tests;

/// <summary>All fields of a VMCS at one moment: what is shown, and what is different later.</summary>
public sealed class SnapshotTests
{
    [Fact]
    public void Every_field_that_the_layout_stores_is_there_once_in_the_order_of_encodings()
    {
        var image = Vmcs12Image.Create();
        image.Page.GuestRip = 0x1000;
        var fields = VmcsSnapshot.Capture(image.Vmcs).Select(static v => v.Info.Field).ToArray();

        var stored = Vmcs12.Members.ToArray().Where(static m => m.Field is not null).Select(static m => m.Field!.Value).Order();
        Assert.Equal(stored, fields);
    }

    [Fact]
    public void A_field_is_shown_with_name_encoding_value_and_the_names_of_set_bits()
    {
        var vmcs = Vmcs12Image.Create().Vmcs;
        vmcs.GuestRip = 0x1000;
        vmcs.PinBasedControls = new PinBasedControls { NmiExiting = true };
        var text = VmcsSnapshot.Capture(vmcs).ToString();

        Assert.Contains("GuestRip (0x681E) = 0x1000\n", text, StringComparison.Ordinal);
        Assert.Contains("PinBasedControls (0x4000) = 0x8 ", text, StringComparison.Ordinal);
        Assert.Contains("NmiExiting", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_what_changed_is_different_with_the_values_before_and_after()
    {
        var vmcs = Vmcs12Image.Create().Vmcs;
        vmcs.GuestRip = 0x1000;
        var before = VmcsSnapshot.Capture(vmcs);
        Assert.Empty(before.CompareTo(VmcsSnapshot.Capture(vmcs)));

        vmcs.GuestRip = 0x1002;
        vmcs.GuestCr3 = 0x2000;
        var differences = before.CompareTo(VmcsSnapshot.Capture(vmcs));

        Assert.Equal([VmcsField.GuestCr3, VmcsField.GuestRip], differences.Select(static d => d.Info.Field));
        Assert.Equal((0x1000ul, 0x1002ul), (differences[1].Before, differences[1].After));
        Assert.Equal("GuestRip (0x681E): 0x1000 -> 0x1002", differences[1].ToString());
    }

    [Fact]
    public void A_field_that_one_of_two_layouts_lacks_is_different_and_absent_there()
    {
        var vmcs12 = VmcsSnapshot.Capture(Vmcs12Image.Create().Vmcs);
        var enlightened = VmcsSnapshot.Capture(EnlightenedVmcsImage.Create().Vmcs);
        var lacking = vmcs12.Where(v => !enlightened.TryFind(v.Info.Field, out _)).Select(static v => v.Info.Field).ToArray();

        Assert.NotEmpty(lacking);
        var absent = vmcs12.CompareTo(enlightened).Where(static d => d.After is null).ToArray();
        Assert.Equal(lacking, absent.Select(static d => d.Info.Field));
        Assert.All(absent, static d => Assert.EndsWith("-> absent", d.ToString(), StringComparison.Ordinal));
        Assert.Equal(
            enlightened.Where(v => !vmcs12.TryFind(v.Info.Field, out _)).Select(static v => v.Info.Field),
            vmcs12.CompareTo(enlightened).Where(static d => d.Before is null).Select(static d => d.Info.Field)
        );
    }

    [Fact]
    public void Fields_of_ones_own_take_their_place_among_the_others()
    {
        // The field is one that vmcs12 stores, under a name of its own, as a project's own spec would describe it.
        VmcsFieldInfo own = new(VmcsField.GuestRip, "OwnRip", null, null);
        var values = VmcsSnapshot.Capture(Vmcs12Image.Create().Vmcs, [own]);

        Assert.Equal(
            ["GuestRip", "OwnRip"],
            values.Where(static v => v.Info.Field == VmcsField.GuestRip).Select(static v => v.Info.Name).Order()
        );
        Assert.Equal(values.Select(static v => v.Info.Field).Order(), values.Select(static v => v.Info.Field));
    }

    [Fact]
    public void A_processor_without_a_current_VMCS_has_nothing_to_capture()
    {
        var failure = Assert.Throws<VmxException>(static () => VmcsSnapshot.Capture(new Vmcs<NoVmcs>()));
        Assert.Contains("VMPTRLD", failure.Message, StringComparison.Ordinal);
    }

    private readonly struct NoVmcs : IVmcsAccess
    {
        public ulong Read(VmcsField field) => throw new InvalidOperationException();

        public void Write(VmcsField field, ulong value) => throw new InvalidOperationException();

        public VmxResult TryRead(VmcsField field, out ulong value)
        {
            value = 0;
            return VmxResult.FailInvalid;
        }

        public VmxResult TryWrite(VmcsField field, ulong value) => VmxResult.FailInvalid;
    }
}
