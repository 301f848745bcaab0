using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Emission;

public class MsrEmission
{
    private static readonly SpecText[] Specs =
    [
        new(
            "acme.vmcs.yaml",
            """
            kind: msrs
            source: Acme manual, appendix A
            msrs:
              - { name: Ia32AcmeBasic, index: 0x701, sdm: IA32_ACME_BASIC, linux: MSR_IA32_ACME_BASIC, type: AcmeBasic, doc: What the Acme unit can do. }
              - { name: Ia32AcmeMisc, index: 0x700, sdm: IA32_ACME_MISC, doc: Further abilities., see: Acme manual A.2 }
            """
        ),
        new(
            "acme-bits.vmcs.yaml",
            """
            kind: bitfields
            bitfields:
              - { name: AcmeBasic, size: 64, doc: Abilities., bits: [{ bits: 0-30, name: Revision, doc: The revision. }] }
            """
        ),
    ];

    [Fact]
    public void Own_MSRs_are_an_enum_named_after_the_file() => Shape.VerifyOwn(GeneratorRun.Of(Specs));

    [Fact]
    public void Built_in_MSRs_are_one_enum_by_index() => Shape.VerifyRuntime(GeneratorRun.Of("runtime", Specs));

    [Fact]
    public void What_WRMSR_takes_is_told_beside_the_enum() =>
        Shape.VerifyOwn(
            GeneratorRun.Of(
                new SpecText(
                    "acme.vmcs.yaml",
                    """
                    kind: msrs
                    msrs:
                      - { name: Ia32AcmeFixed, index: 0x700, read-only: true, doc: A constant. }
                      - { name: Ia32AcmeSwitch, index: 0x701, writable-bits: [0, 4-7], doc: A switch. }
                      - { name: Ia32AcmeMode, index: 0x702, writable-bits: [0, 4-7], doc: A mode. }
                      - { name: Ia32AcmeEntry, index: 0x703, value: canonical, doc: An address. }
                      - { name: Ia32AcmeTypes, index: 0x704, value: memory-types, doc: Memory types. }
                      - { name: Ia32AcmeFree, index: 0x705, doc: Anything. }
                    """
                )
            )
        );
}
