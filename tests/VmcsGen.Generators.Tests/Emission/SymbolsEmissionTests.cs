using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Emission;

public class SymbolsEmissionTests
{
    [Fact]
    public void Table_has_a_line_for_each_item_that_specs_can_refer_to()
    {
        var run = GeneratorRun.Of(
            "symbols",
            new SpecText(
                "fields.yaml",
                """
                kind: vmcs-fields
                fields:
                  - { name: AcmeIndex, encoding: 0x0030, doc: An index. }
                  - { name: AcmeCtls, encoding: 0x4030, type: AcmeControls, doc: Controls., exists-when: EnableAcme }
                """
            ),
            new SpecText(
                "bits.yaml",
                """
                kind: bitfields
                bitfields:
                  - { name: AcmeControls, size: 32, doc: Controls., bits: [{ bit: 3, name: EnableAcme }, { bits: 8-15, name: Level }] }
                """
            ),
            new SpecText("enums.yaml", "kind: enums\nenums: [{ name: AcmeTrap, size: 16, doc: Traps., values: [] }]\n"),
            new SpecText(
                "constants.yaml",
                "kind: kvm-constants\ngroups: [{ name: AcmeLimits, form: constants, doc: Limits., values: [] }]\n"
            ),
            new SpecText("layouts.yaml", "kind: layouts\nlayouts: [{ name: AcmePage, size: 64, doc: A page., fields: [] }]\n"),
            new SpecText("msrs.yaml", "kind: msrs\nmsrs: [{ name: Ia32AcmeMisc, index: 0x700, sdm: IA32_ACME_MISC, doc: An MSR. }]\n"),
            new SpecText(
                "structs.yaml",
                """
                kind: kvm-structs
                structs:
                  - name: acme_list
                    size: 8
                    doc: A list.
                    members: [{ name: nr, type: __u32, doc: A count. }, { name: pad, type: __u32, padding: true }, { name: items, type: "__u64[]", count: nr, doc: Items. }]
                """
            ),
            new SpecText(
                "ioctls.yaml",
                "kind: kvm-ioctls\nioctls: [{ name: KVM_ACME_RUN, number: 1, direction: none, descriptor: vm, doc: Runs. }]\n"
            )
        );
        Snapshot.Verify(run);
        Assert.Empty(run.Diagnostics);
        Assert.Empty(
            run.Compile(
                [],
                "namespace VmcsGen.Generators.Resolve; static partial class BuiltInSymbols { static partial void GetTable(ref string text); }"
            ).Problems
        );
    }
}
