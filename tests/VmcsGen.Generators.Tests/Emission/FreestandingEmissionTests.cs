using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Emission;

public class FreestandingEmissionTests
{
    [Fact]
    public void Everything_is_emitted_for_a_program_without_the_runtime() =>
        Shape.VerifyFreestanding(
            GeneratorRun.Of(
                "all",
                new SpecText(
                    "enums.yaml",
                    """
                    kind: enums
                    enums:
                      - { name: AcmeMode, size: 8, doc: Modes., values: [{ value: 0, name: Off, doc: Off. }] }
                      - { name: AcmeFeatures, size: 32, flags: true, doc: Features., values: [{ value: 1, name: Fast, doc: Fast. }] }
                    """
                ),
                new SpecText(
                    "spec/vmx/errors.yaml",
                    """
                    kind: enums
                    enums:
                      - { name: VmInstructionError, size: 32, doc: Errors., values: [{ value: 12, name: UnsupportedVmcsComponent, doc: There is no such field. }] }
                    """
                ),
                new SpecText(
                    "bits.yaml",
                    """
                    kind: bitfields
                    bitfields:
                      - name: AcmeControls
                        size: 32
                        linux: acme_ctls
                        doc: Controls.
                        bits:
                          - { bit: 0, name: Enabled, linux: ACME_ENABLED, doc: Whether it runs. }
                          - { bits: 4-7, name: Mode, enum: AcmeMode, doc: The mode. }
                          - { bits: 12-31, name: Page, in-place: true, doc: A page. }
                    """
                ),
                new SpecText(
                    "fields.yaml",
                    """
                    kind: vmcs-fields
                    fields:
                      - { name: AcmeIndex, encoding: 0x0002, linux: ACME_INDEX, doc: An index., exists-when: Enabled }
                      - { name: AcmeCtls, encoding: 0x4002, type: AcmeControls, doc: Controls. }
                      - { name: AcmeBase, encoding: 0x6802, doc: A base. }
                    """
                ),
                new SpecText(
                    "layouts.yaml",
                    """
                    kind: layouts
                    layouts:
                      - name: AcmePage
                        size: 64
                        revision: 0x12345678
                        doc: A page.
                        fields:
                          - { offset: 0, name: Mark, type: uint, doc: A mark. }
                          - { offset: 8, field: AcmeBase }
                          - { offset: 16, field: AcmeCtls }
                    """
                ),
                new SpecText(
                    "spec/vmx/msrs.yaml",
                    "kind: msrs\nmsrs:\n  - { name: Ia32AcmeCtls, index: 0x700, sdm: IA32_ACME_CTLS, doc: Settings. }\n"
                )
            )
        );
}
