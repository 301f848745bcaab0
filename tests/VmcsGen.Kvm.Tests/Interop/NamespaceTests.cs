using System.Linq;
using System.Text.RegularExpressions;
using Xunit;

namespace VmcsGen.Kvm.Tests.Interop;

/// <summary>What completion offers a program that uses VmcsGen.Kvm.</summary>
public partial class NamespaceTests
{
    [Fact]
    public void Types_of_other_architectures_are_not_in_the_namespace_that_every_program_uses() =>
        Assert.Empty(
            typeof(KvmVm)
                .Assembly.GetExportedTypes()
                .Where(static type => type.Namespace == "VmcsGen.Kvm" && !type.IsNested && OtherArchitecture().IsMatch(type.Name))
                .Select(static type => type.Name)
        );

    [Theory]
    [InlineData("VmcsGen.Kvm.Arm64.KvmArmDeviceAddr")]
    [InlineData("VmcsGen.Kvm.PowerPc.KvmConfigTlb")]
    [InlineData("VmcsGen.Kvm.PowerPc.KvmDirtyTlb")]
    [InlineData("VmcsGen.Kvm.PowerPc.KvmVfioSpaprTce")]
    [InlineData("VmcsGen.Kvm.S390.KvmS390Keyop")]
    [InlineData("VmcsGen.Kvm.S390.KvmIrqRoutingS390Adapter")]
    [InlineData("VmcsGen.Kvm.Mips.KvmMipsVmTypes")]
    public void Each_other_architecture_has_a_namespace(string type) => Assert.NotNull(typeof(KvmVm).Assembly.GetType(type));

    [GeneratedRegex("Arm(?!ed)|S390|Ppc|Papr|Spapr|Booke|Tlb|Riscv|Loongarch|Mips|Xics|Xive|Vgic", RegexOptions.ExplicitCapture)]
    private static partial Regex OtherArchitecture();
}
