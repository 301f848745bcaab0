using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Emission;

public class BitFieldEmission
{
    private static readonly SpecText Enums = new(
        "acme-enums.vmcs.yaml",
        """
        kind: enums
        visibility: public
        enums:
          - name: AcmeLevel
            size: 8
            doc: A level.
            values: [{ value: 0, name: Low, doc: Low. }, { value: 3, name: High, doc: High. }]
        """
    );

    [Fact]
    public void Single_bits_and_ranges_of_8_bits() =>
        Shape.VerifyOwn(
            GeneratorRun.Of(
                new SpecText(
                    "acme.vmcs.yaml",
                    """
                    kind: bitfields
                    bitfields:
                      - name: AcmeByte
                        size: 8
                        doc: A byte of parts.
                        bits:
                          - { bit: 0, name: Enabled, doc: The unit runs. }
                          - { bits: 4-6, name: Channel, doc: Which channel it uses. }
                    """
                )
            )
        );

    [Fact]
    public void Whole_width_of_16_bits() =>
        Shape.VerifyOwn(
            GeneratorRun.Of(
                new SpecText(
                    "acme.vmcs.yaml",
                    """
                    kind: bitfields
                    bitfields:
                      - name: AcmeSelector
                        size: 16
                        doc: All bits are one part.
                        bits:
                          - { bits: 0-15, name: Number, doc: The number. }
                    """
                )
            )
        );

    [Fact]
    public void Control_word_of_32_bits_names_its_capability_MSRs() =>
        Shape.VerifyOwn(
            GeneratorRun.Of(
                new SpecText(
                    "acme.vmcs.yaml",
                    """
                    kind: bitfields
                    source: Acme manual, chapter 4
                    bitfields:
                      - name: AcmeControls
                        size: 32
                        linux: acme_ctls
                        sdm: Acme-based controls
                        doc: What the Acme unit intercepts.
                        capability: Ia32AcmeCtls
                        true-capability: Ia32AcmeTrueCtls
                        bits:
                          - { bit: 0, name: TrapDivide, linux: ACME_TRAP_DIVIDE, sdm: divide-error exiting, doc: Whether a divide error stops the guest., see: Acme manual 4.2 }
                          - { bit: 31, name: ActivateMore, doc: Whether a further word of controls is used. }
                    """
                ),
                new SpecText(
                    "acme-capabilities.vmcs.yaml",
                    """
                    kind: msrs
                    msrs:
                      - { name: Ia32AcmeCtls, index: 0x700, sdm: IA32_ACME_CTLS, doc: Allowed settings. }
                      - { name: Ia32AcmeTrueCtls, index: 0x701, sdm: IA32_ACME_TRUE_CTLS, doc: Allowed settings without defaults. }
                    """
                )
            )
        );

    [Fact]
    public void Addresses_and_wide_parts_of_64_bits() =>
        Shape.VerifyOwn(
            GeneratorRun.Of(
                new SpecText(
                    "acme.vmcs.yaml",
                    """
                    kind: bitfields
                    bitfields:
                      - name: AcmePointer
                        size: 64
                        doc: A pointer to a table, with attributes in its low bits.
                        bits:
                          - { bits: 0-2, name: MemoryType, doc: How the table is cached. }
                          - { bit: 6, name: AccessedDirty, doc: Whether accesses are recorded. }
                          - { bits: 12-51, name: Address, in-place: true, doc: Physical address of the table. }
                          - { bits: 53-63, name: Tag, doc: Ignored by the unit. }
                      - name: AcmeWide
                        size: 64
                        doc: A part that is wider than 32 bits.
                        bits:
                          - { bits: 0-39, name: Counter, doc: Counts. }
                      - name: AcmeWhole
                        size: 64
                        doc: A part as wide as the word.
                        bits:
                          - { bits: 0-63, name: All, doc: Everything. }
                      - name: AcmePort
                        size: 32
                        doc: An address below 4 GiB.
                        bits:
                          - { bits: 12-31, name: Page, in-place: true, doc: Physical address of the page. }
                    """
                )
            )
        );

    [Fact]
    public void Parts_of_an_enum_type() =>
        Shape.VerifyOwn(
            GeneratorRun.Of(
                Enums,
                new SpecText(
                    "acme.vmcs.yaml",
                    """
                    kind: bitfields
                    bitfields:
                      - name: AcmeInfo
                        size: 32
                        doc: Parts with names for their values.
                        bits:
                          - { bits: 0-2, name: Level, enum: AcmeLevel, doc: The level. }
                          - { bit: 3, name: Other, enum: AcmeLevel, doc: One bit of a level. }
                          - { bit: 31, name: Valid, doc: Whether the rest means anything. }
                      - name: AcmeSmall
                        size: 8
                        doc: The same in a byte.
                        bits:
                          - { bits: 0-7, name: Level, enum: AcmeLevel, doc: The level. }
                      - name: AcmeLarge
                        size: 64
                        doc: The same in 64 bits.
                        bits:
                          - { bits: 32-39, name: Level, enum: AcmeLevel, doc: The level. }
                    """
                )
            )
        );

    [Fact]
    public void Bits_added_to_a_bit_field_of_another_spec() =>
        Shape.VerifyOwn(
            GeneratorRun.Of(
                Enums,
                new SpecText(
                    "base.vmcs.yaml",
                    """
                    kind: bitfields
                    visibility: public
                    bitfields:
                      - name: AcmeControls
                        size: 32
                        doc: What the Acme unit intercepts.
                        bits:
                          - { bit: 0, name: TrapDivide, doc: Whether a divide error stops the guest. }
                    """
                ),
                new SpecText(
                    "acme-more.vmcs.yaml",
                    """
                    kind: bitfields
                    visibility: public
                    bitfields:
                      - extends: AcmeControls
                        bits:
                          - { bit: 8, name: TrapHalt, linux: ACME_TRAP_HALT, doc: Whether HLT stops the guest. }
                          - { bits: 16-18, name: Level, enum: AcmeLevel, doc: The level. }
                          - { bits: 20-31, name: Page, in-place: true, doc: A page. }
                    """
                )
            )
        );
}
