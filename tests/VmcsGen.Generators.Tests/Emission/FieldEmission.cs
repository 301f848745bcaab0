using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Emission;

public class FieldEmission
{
    private static readonly SpecText Types = new(
        "acme-types.vmcs.yaml",
        """
        kind: bitfields
        visibility: public
        bitfields:
          - name: AcmeControls
            size: 32
            doc: Controls.
            bits:
              - { bit: 3, name: EnableAcme, doc: Whether the unit runs. }
              - { bit: 4, name: EnableMore, doc: Whether it does more. }
          - name: AcmePointer
            size: 64
            doc: A pointer.
            bits:
              - { bits: 12-51, name: Address, in-place: true, doc: The address. }
        """
    );

    private static readonly SpecText Enums = new(
        "acme-enums.vmcs.yaml",
        """
        kind: enums
        visibility: public
        enums:
          - name: AcmeReason
            size: 32
            doc: Reasons.
            values: [{ value: 0, name: None, doc: None. }]
          - name: AcmeMode
            size: 16
            doc: Modes.
            values: [{ value: 0, name: Off, doc: Off. }]
        """
    );

    private static readonly SpecText Fields = new(
        "acme.vmcs.yaml",
        """
        kind: vmcs-fields
        visibility: public
        source: Acme manual, appendix B
        fields:
          - { name: AcmeIndex, encoding: 0x0070, linux: ACME_INDEX, sdm: Acme index, doc: Index of the Acme unit. }
          - { name: AcmeMode, encoding: 0x0072, type: AcmeMode, doc: Mode of the unit. }
          - { name: AcmeTable, encoding: 0x2070, type: AcmePointer, doc: Where the table is., exists-when: EnableAcme }
          - { name: AcmeBitmap, encoding: 0x2072, doc: A bitmap., exists-when: [AcmeControls.EnableAcme, EnableMore], check: { zero-bits: [0, 4-5] } }
          - { name: AcmeQueue, encoding: 0x2074, doc: A queue., exists-when: EnableAcme, check: { value: physical-address, zero-bits: 0-11, see: Acme manual 2.1 } }
          - { name: AcmeStack, encoding: 0x2874, doc: A stack., check: { value: canonical, when: EnableMore } }
          - { name: AcmeTag, encoding: 0x0074, doc: A tag., check: { value: nonzero } }
          - { name: AcmeCtls, encoding: 0x4070, type: AcmeControls, doc: Controls of the unit. }
          - { name: AcmeStopReason, encoding: 0x4470, type: AcmeReason, doc: Why the unit stopped. }
          - { name: AcmeGuestBase, encoding: 0x6870, type: nuint, doc: Base in the guest. }
          - { name: AcmeGuestRoot, encoding: 0x6872, type: AcmePointer, doc: Root in the guest. }
          - { name: AcmeLastAddress, encoding: 0x6470, doc: The address accessed last. }
        """
    );

    [Fact]
    public void Own_fields_are_constants_and_extension_properties() => Shape.VerifyOwn(GeneratorRun.Of(Types, Enums, Fields));

    [Fact]
    public void Built_in_fields_are_an_enum_and_properties_of_Vmcs() =>
        Shape.VerifyRuntime(GeneratorRun.Of("runtime", Types, Enums, Fields));
}
