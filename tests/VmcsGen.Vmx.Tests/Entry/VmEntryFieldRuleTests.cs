using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmx.Entry;
using VmcsGen.Vmx.Structures;
using Xunit;
using static VmcsGen.Vmx.VmcsField;

namespace VmcsGen.Vmx.Tests;

/// <summary>The rules that are data of the fields, on a VMCS in which every control is on under which one applies.</summary>
public class VmEntryFieldRuleTests
{
    private const ulong Page = 0x1_F000;
    private const ulong NonCanonical = 0x0000_8000_0000_0000;
    private const ulong BeyondWidth = 1UL << 40;

    /// <summary>Their names.</summary>
    public static IEnumerable<string> Rules
    {
        get
        {
            foreach (var info in Checked)
            {
                if (info.Check!.Value.Form != VmcsValueForm.Any)
                    yield return $"{info.Name}{info.Check.Value.Form}";
                if (info.Check.Value.ZeroBits != 0)
                    yield return $"{info.Name}ZeroBits";
            }
        }
    }

    public static TheoryData<VmcsField> FieldsWithZeroBits =>
        [.. Checked.Where(static i => i.Check!.Value.ZeroBits != 0).Select(static i => i.Field)];

    public static TheoryData<VmcsField> FieldsWithForm =>
        [.. Checked.Where(static i => i.Check!.Value.Form != VmcsValueForm.Any).Select(static i => i.Field)];

    /// <summary>A scene for each of them that breaks it alone, and what the processor reports.</summary>
    internal static IEnumerable<(string Rule, EntryScene Scene, VmEntryOutcome Outcome)> Broken
    {
        get
        {
            foreach (var info in Checked)
            {
                var check = info.Check!.Value;
                if (check.Form != VmcsValueForm.Any)
                    yield return ($"{info.Name}{check.Form}", OfWrongForm(info), ExpectedOutcome(info.Field));
                if (check.ZeroBits == 0)
                    continue;
                var scene = Everything();
                scene[info.Field] ^= check.ZeroBits & (0 - check.ZeroBits);
                yield return ($"{info.Name}ZeroBits", scene, ExpectedOutcome(info.Field));
            }
        }
    }

    private static IEnumerable<VmcsFieldInfo> Checked => VmcsFields.All.ToArray().Where(static i => i.Check is not null);

    [Fact]
    public void A_guest_of_every_feature_keeps_all_rules() => Assert.Empty(Everything().Check().Violations);

    [Theory]
    [MemberData(nameof(FieldsWithZeroBits))]
    public void Each_bit_that_must_be_0_is_found(VmcsField field)
    {
        VmcsFields.TryFind(field, out var info);
        for (var bit = 0; bit < 64; bit++)
        {
            if ((info.Check!.Value.ZeroBits >> bit & 1) == 0)
                continue;
            var scene = Everything();
            scene[field] ^= 1UL << bit;
            // High bits of an address are beyond its width and not canonical, too.
            var names = Names(scene).Where(n => n != $"{info.Name}{info.Check.Value.Form}").ToArray();
            Assert.True(
                names.Length > 0 && names[0] == $"{info.Name}ZeroBits" && names.Length == 1,
                $"bit {bit}: {string.Join(", ", names)}"
            );
        }
    }

    [Theory]
    [MemberData(nameof(FieldsWithForm))]
    public void A_value_of_the_wrong_form_is_found(VmcsField field)
    {
        VmcsFields.TryFind(field, out var info);
        var scene = OfWrongForm(info);
        Assert.Equal([$"{info.Name}{info.Check!.Value.Form}"], Names(scene));
        Assert.Equal(ExpectedOutcome(field), scene.Check().Outcome);
    }

    [Fact]
    public void Fields_whose_control_is_0_may_hold_anything()
    {
        var scene = EntryCase.Long();
        var tried = 0;
        foreach (var info in Checked)
        {
            if (info.Check!.Value.ControlBit == 0)
                continue;
            tried++;
            scene[info.Field] = info.Check.Value.Form == VmcsValueForm.Nonzero ? 0 : 0x1234_5678_9ABC_DEFFul;
        }
        Assert.True(tried > 30);
        Assert.Empty(Names(scene));
    }

    [Theory]
    [InlineData(0x0007_0406_0001_0506, true)]
    [InlineData(0x0200_0000_0000_0000, false)]
    [InlineData(0x0003, false)]
    [InlineData(0x0800, false)]
    public void Memory_types_are_those_of_IA32_PAT(ulong value, bool isValid)
    {
        var scene = Everything();
        scene[GuestIa32Pat] = value;
        Assert.Equal(isValid, scene.Check().IsValid);
    }

    [Fact]
    public void Structures_lie_below_4_GBytes_where_IA32_VMX_BASIC_says_so()
    {
        var msrs = FullProcessor.Msrs;
        msrs[VmxMsr.Ia32VmxBasic] |= 1UL << 48;
        var scene = EntryScene.Long64(msrs);
        scene.Primary(static c => c with { UseMsrBitmaps = true });
        scene[VmcsField.MsrBitmap] = 1UL << 32;
        Assert.Equal(["MsrBitmapPhysicalAddress"], Names(scene));
        scene[VmcsField.MsrBitmap] = 0xFFFF_F000;
        Assert.Empty(Names(scene));
    }

    [Fact]
    public void Linear_addresses_of_57_bits_are_canonical_on_a_processor_that_has_them()
    {
        var scene = EntryCase.Long();
        scene[GuestGsBase] = NonCanonical;
        Assert.Equal(["GuestGsBaseCanonical"], Names(scene));
        scene.Context = scene.Context with { LinearAddressWidth = 57 };
        Assert.Empty(Names(scene));
        scene[GuestGsBase] = 1UL << 56;
        Assert.Equal(["GuestGsBaseCanonical"], Names(scene));
    }

    private static EntryScene OfWrongForm(VmcsFieldInfo info)
    {
        var scene = Everything();
        scene[info.Field] = info.Check!.Value.Form switch
        {
            VmcsValueForm.PhysicalAddress => scene[info.Field] | BeyondWidth,
            VmcsValueForm.Canonical => scene[info.Field] ^ NonCanonical,
            VmcsValueForm.Nonzero => 0,
            _ => 0x0007_0406_0001_0306,
        };
        return scene;
    }

    internal static EntryScene Everything()
    {
        var scene = ControlCases.WithPostedInterrupts();
        scene.WithEpt();
        scene.Primary(static c => c with { UseIoBitmaps = true, UseMsrBitmaps = true });
        scene.Secondary(static c =>
            c with
            {
                VirtualizeApicAccesses = true,
                EnableVpid = true,
                EnableVmFunctions = true,
                VmcsShadowing = true,
                EnablePml = true,
                EptViolationVe = true,
                PasidTranslation = true,
                SubPageWritePermissionsForEpt = true,
                UseTscScaling = true,
            }
        );
        scene.Tertiary(static c => c with { EnableHlat = true, IpiVirtualization = true });
        scene[VmcsField.VmFunctionControls] = 1;
        scene.Exit(static c => c with { LoadIa32Pat = true, LoadCetState = true, LoadPkrs = true });
        scene.Exit2(static c => c with { LoadIa32Fred = true });
        scene.Entry(static c =>
            c with
            {
                LoadDebugControls = true,
                LoadIa32Pat = true,
                LoadIa32Bndcfgs = true,
                LoadUinv = true,
                LoadCetState = true,
                LoadPkrs = true,
                LoadIa32Fred = true,
            }
        );
        scene[VirtualProcessorIdentifier] = 1;
        scene[TscMultiplier] = 1;
        foreach (var info in Checked)
        {
            if (info.Check!.Value.Form == VmcsValueForm.PhysicalAddress && info.Field != VirtualApicAddress)
                scene[info.Field] = Page;
        }
        return scene;
    }

    private static VmEntryOutcome ExpectedOutcome(VmcsField field) =>
        field.Type switch
        {
            VmcsFieldType.Control => VmEntryOutcome.Fail(VmInstructionError.EntryInvalidControlFields),
            VmcsFieldType.HostState => VmEntryOutcome.Fail(VmInstructionError.EntryInvalidHostStateFields),
            _ => VmEntryOutcome.Exit(BasicExitReason.EntryFailureInvalidGuestState, 0),
        };

    private static string[] Names(EntryScene scene) => [.. scene.Check().Violations.Select(static v => v.Rule.Name).Distinct()];
}
