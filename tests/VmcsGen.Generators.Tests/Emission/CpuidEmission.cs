using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Emission;

public class CpuidEmission
{
    private static readonly SpecText Spec = new(
        "acme.vmcs.yaml",
        """
        kind: cpuid
        source: Acme manual, chapter 4
        features:
          - { name: AcmeEvents, leaf: 0x400000F0, register: eax, bit: 0, linux: acme_events, doc: Events of the Acme hypervisor. }
          - { name: AcmeWide, leaf: 0x8000001F, subleaf: 2, register: edx, bit: 31 }
        """
    );

    [Fact]
    public void Own_features_are_constants_and_members_of_the_enum() => Shape.VerifyOwn(GeneratorRun.Of(Spec));

    [Fact]
    public void Built_in_features_are_one_enum() => Shape.VerifyRuntime(GeneratorRun.Of("runtime", Spec));
}
