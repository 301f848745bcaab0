using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Emission;

public class EnumEmission
{
    [Fact]
    public void Enum_documents_every_value() =>
        Shape.VerifyOwn(
            GeneratorRun.Of(
                new SpecText(
                    "acme.vmcs.yaml",
                    """
                    kind: enums
                    source: Acme manual, chapter 3
                    enums:
                      - name: AcmeTrap
                        size: 16
                        linux: acme_trap
                        sdm: Trap type
                        doc: Why the Acme unit stopped the guest.
                        values:
                          - { value: 0, name: None, doc: No trap. }
                          - { value: 1, name: Divide, linux: ACME_TRAP_DIV, sdm: divide error, doc: "A divisor was zero, or the quotient was <too> large & did not fit.", see: Acme manual 3.1 }
                          - { value: 0xFFFF, name: Double }
                    """
                )
            )
        );

    [Fact]
    public void Flags_are_written_in_hexadecimal() =>
        Shape.VerifyOwn(
            GeneratorRun.Of(
                new SpecText(
                    "acme.vmcs.yaml",
                    """
                    kind: enums
                    enums:
                      - name: AcmeFeatures
                        size: 64
                        flags: true
                        doc: What the Acme unit can do.
                        values:
                          - { value: 0x1, name: Fast, doc: It is fast. }
                          - { value: 0x8000000000000000, name: Loud, doc: It is loud. }
                    """
                )
            )
        );

    [Fact]
    public void Group_in_enum_form_loses_its_prefix_and_keeps_native_names() =>
        Shape.VerifyOwn(
            GeneratorRun.Of(
                new SpecText(
                    "acme.vmcs.yaml",
                    """
                    kind: kvm-constants
                    header: linux/acme.h
                    source: include/uapi/linux/acme.h
                    groups:
                      - name: AcmeExitReason
                        form: enum
                        prefix: ACME_EXIT_
                        doc: Why ACME_RUN came back.
                        values:
                          - { name: ACME_EXIT_IO_PORT, value: 2, doc: A port was accessed. }
                          - { name: ACME_EXIT_2BIG, value: 3, csharp: TooBig, doc: The buffer was too small., since: "6.1" }
                          - { name: ACME_EXIT_OLD, value: 4, doc: Not used any more., obsolete: ACME_EXIT_IO_PORT replaced it. }
                          - { name: OTHER_WORD, value: 5, doc: It does not begin with the prefix. }
                    """
                )
            )
        );

    [Fact]
    public void Group_with_texts_has_names_and_meanings_as_data() =>
        Shape.VerifyOwn(
            GeneratorRun.Of(
                new SpecText(
                    "acme.vmcs.yaml",
                    """
                    kind: kvm-constants
                    groups:
                      - name: AcmeAbility
                        form: enum
                        texts: true
                        prefix: ACME_
                        doc: What the Acme unit can do.
                        values:
                          - { name: ACME_RUN, value: 1, doc: "It runs, \"well\"." }
                          - { name: ACME_GO, value: 1, doc: Another name for running. }
                          - { name: ACME_STOP, value: 2 }
                    """
                )
            )
        );

    [Fact]
    public void Group_in_flags_form_is_an_enum_of_its_size() =>
        Shape.VerifyOwn(
            GeneratorRun.Of(
                new SpecText(
                    "acme.vmcs.yaml",
                    """
                    kind: kvm-constants
                    groups:
                      - name: AcmeSlotFlags
                        form: flags
                        size: 8
                        prefix: ACME_MEM_
                        doc: Flags of a slot.
                        values:
                          - { name: ACME_MEM_READONLY, value: 0x2, doc: The guest cannot write it. }
                          - { name: ACME_MEM_LOG, value: 0x80, doc: Writes are logged. }
                    """
                )
            )
        );

    [Fact]
    public void Group_in_constants_form_is_a_class_of_constants() =>
        Shape.VerifyOwn(
            GeneratorRun.Of(
                new SpecText(
                    "acme.vmcs.yaml",
                    """
                    kind: kvm-constants
                    groups:
                      - name: AcmeLimits
                        form: constants
                        size: 64
                        prefix: ACME_
                        doc: Limits of the interface.
                        values:
                          - { name: ACME_MAX_SLOTS, value: 509, doc: Slots that a guest can have. }
                          - { name: ACME_BASE_ADDRESS, value: 0xFEE00000, doc: Where the unit is mapped. }
                    """
                )
            )
        );

    [Fact]
    public void Signed_group_has_negative_values() =>
        Shape.VerifyOwn(
            GeneratorRun.Of(
                new SpecText(
                    "acme.vmcs.yaml",
                    """
                    kind: kvm-constants
                    groups:
                      - name: AcmeState
                        form: enum
                        signed: true
                        prefix: ACME_STATE_
                        doc: A state, or a negative number for a failure.
                        values:
                          - { name: ACME_STATE_READY, value: 1, doc: Ready. }
                          - { name: ACME_STATE_FAILED, value: 0xFFFFFFFF, doc: Failed. }
                      - name: AcmeOffsets
                        form: constants
                        size: 8
                        signed: true
                        prefix: ACME_
                        doc: Offsets from the middle.
                        values:
                          - { name: ACME_LEFT, value: 0xFF, doc: One to the left. }
                          - { name: ACME_RIGHT, value: 1, doc: One to the right. }
                      - name: AcmeShort
                        form: enum
                        size: 16
                        signed: true
                        doc: Sixteen bits.
                        values: [{ name: ACME_BELOW, value: 0xFFFF, doc: Below. }]
                      - name: AcmeLong
                        form: constants
                        size: 64
                        signed: true
                        doc: Sixty-four bits.
                        values: [{ name: ACME_NEVER, value: 0xFFFFFFFFFFFFFFFF, doc: Never. }]
                      - name: AcmeMask
                        form: flags
                        signed: true
                        doc: A mask in an int.
                        values:
                          - { name: ACME_TOP, value: 0x80000000, doc: The top bit. }
                    """
                )
            )
        );
}
