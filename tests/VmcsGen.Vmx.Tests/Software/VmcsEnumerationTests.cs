using System.Linq;
using VmcsGen.Vmx.Software;
using Xunit;

namespace VmcsGen.Vmx.Tests.Software;

/// <summary>SDM 3D A.9: IA32_VMX_VMCS_ENUM names the highest index of a field.</summary>
public sealed class VmcsEnumerationTests
{
    public static TheoryData<string> Models =>
        [
            "default",
            "bx_generic",
            "corei5_lynnfield_750",
            "corei7_sandy_bridge_2600k",
            "corei7_haswell_4770",
            "corei7_skylake_x",
            "tigerlake",
        ];

    [Theory]
    [MemberData(nameof(Models))]
    public void The_highest_index_is_that_of_a_field_that_VMREAD_accepts(string model)
    {
        var machine = Machine(model);

        var highest = Enumerable
            .Range(0, 0x8000)
            .Where(encoding => machine.Processor.Vmread((VmcsField)encoding, out _).IsSuccess)
            .Max(static encoding => encoding >> 1 & 0x1FF);

        Assert.Equal((uint)highest, new VmcsEnumeration(machine.Processor.ReadMsr((uint)VmxMsr.Ia32VmxVmcsEnum)).HighestIndex);
        Assert.Equal((uint)highest, machine.Processor.Capabilities.VmcsEnumeration.HighestIndex);
    }

    [Fact]
    public void A_field_that_is_absent_does_not_count()
    {
        var all = Machine("tigerlake").Processor.Capabilities.VmcsEnumeration.HighestIndex;
        VmcsField[] highest = [.. VmcsFields.All.ToArray().Select(static info => info.Field).Where(field => field.Index == (int)all)];

        Assert.True(Machine("tigerlake", highest).Processor.Capabilities.VmcsEnumeration.HighestIndex < all);
    }

    private static SoftwareMachine Machine(string model, params VmcsField[] absent)
    {
        var profile =
            model == "default" ? new SoftwareVmxProfile() : new SoftwareVmxProfile { CapabilityMsrs = RecordedProcessor.Load(model).Msrs };
        return new SoftwareMachine(profile with { AbsentFields = absent }).LoadVmcs();
    }
}
