using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Emission;

public class LayoutEmission
{
    private static readonly SpecText Fields = new(
        "acme-fields.vmcs.yaml",
        """
        kind: vmcs-fields
        fields:
          - { name: AcmeIndex, encoding: 0x0070, doc: Index of the Acme unit. }
          - { name: AcmeBase, encoding: 0x6870, doc: Base in the guest. }
        """
    );

    private static readonly SpecText Bits = new(
        "acme-bits.vmcs.yaml",
        """
        kind: bitfields
        visibility: public
        bitfields:
          - { name: AcmeFlags, size: 32, doc: Flags., bits: [{ bit: 0, name: Dirty, doc: Written to. }] }
        """
    );

    [Fact]
    public void Layout_with_a_revision_writes_it_into_new_images() =>
        Shape.VerifyOwn(
            GeneratorRun.Of(
                Fields,
                Bits,
                new SpecText(
                    "acme.vmcs.yaml",
                    """
                    kind: layouts
                    visibility: public
                    source: Acme manual, chapter 7
                    layouts:
                      - name: AcmeVmcs
                        linux: acme_vmcs
                        size: 4096
                        revision: 0x11E57ED0
                        doc: How the Acme hypervisor keeps a VMCS.
                        fields:
                          - { offset: 0, name: RevisionIdentifier, type: uint, linux: revision_id, doc: Marks the region. }
                          - { offset: 4, name: Flags, type: AcmeFlags, doc: State of the region., since: "5.1" }
                          - { offset: 10, field: AcmeIndex, linux: index, doc: Stored at an odd place. }
                          - { offset: 16, field: AcmeBase }
                    """
                )
            )
        );

    [Fact]
    public void Layout_with_clean_fields_says_which_bits_a_write_clears() =>
        Shape.VerifyOwn(
            GeneratorRun.Of(
                new SpecText(
                    "acme-fields.vmcs.yaml",
                    """
                    kind: vmcs-fields
                    fields:
                      - { name: AcmeIndex, encoding: 0x0070, doc: Index of the Acme unit. }
                      - { name: AcmeMode, encoding: 0x0072, doc: Mode of the Acme unit. }
                    """
                ),
                new SpecText(
                    "acme-bits.vmcs.yaml",
                    """
                    kind: bitfields
                    bitfields:
                      - { name: AcmeClean, size: 32, doc: What has not changed., bits: [{ bit: 0, name: Control }, { bit: 5, name: State }] }
                    """
                ),
                new SpecText(
                    "acme.vmcs.yaml",
                    """
                    kind: layouts
                    layouts:
                      - name: AcmeShared
                        size: 64
                        clean-fields: Clean
                        doc: A page that the Acme hypervisor shares.
                        fields:
                          - { offset: 0, name: Clean, type: AcmeClean, doc: What has not changed. }
                          - { offset: 8, field: AcmeIndex, group: State }
                          - { offset: 10, field: AcmeMode, group: all }
                    """
                )
            )
        );

    [Fact]
    public void Layout_without_a_revision_starts_with_zeros() =>
        Shape.VerifyRuntime(
            GeneratorRun.Of(
                "runtime",
                Fields,
                Bits,
                new SpecText(
                    "acme.yaml",
                    """
                    kind: layouts
                    layouts:
                      - name: AcmePage
                        size: 64
                        doc: A page of the Acme hypervisor.
                        fields:
                          - { offset: 8, field: AcmeBase }
                          - { offset: 0, field: AcmeIndex }
                    """
                )
            )
        );
}
