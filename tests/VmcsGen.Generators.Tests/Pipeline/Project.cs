using System;
using Microsoft.CodeAnalysis;
using VmcsGen.Generators.Tests.Testing;
using VmcsGen.Testing;

namespace VmcsGen.Generators.Tests.Pipeline;

/// <summary>A project with specs of several kinds, one of them with a mistake, for tests of what a change makes run.</summary>
internal static class Project
{
    public const string Bits = "specs/acme-bits.vmcs.yaml";
    public const string Fields = "specs/acme-fields.vmcs.yaml";
    public const string Structs = "specs/acme-structs.vmcs.yaml";
    public const string Ioctls = "specs/acme-ioctls.vmcs.yaml";
    public const string Broken = "specs/acme-broken.vmcs.yaml";

    public static GeneratorRun Run() =>
        GeneratorRun
            .Of(
                new SpecText(
                    Bits,
                    """
                    kind: bitfields
                    bitfields:
                      - name: AcmeControls
                        size: 32
                        doc: Controls.
                        bits:
                          - { bit: 0, name: EnableAcme, doc: Whether the unit runs. }
                      - name: AcmeFlags
                        size: 8
                        doc: Flags.
                        bits:
                          - { bit: 0, name: Dirty, doc: Written to. }
                    """
                ),
                new SpecText(
                    Fields,
                    """
                    kind: vmcs-fields
                    fields:
                      - { name: AcmeIndex, encoding: 0x0030, doc: An index., exists-when: EnableAcme }
                      - { name: AcmeCtls, encoding: 0x4030, type: AcmeControls, doc: Controls. }
                    """
                ),
                new SpecText(
                    Structs,
                    """
                    kind: kvm-structs
                    structs:
                      - { name: acme_regs, size: 8, doc: Registers., members: [{ name: rax, type: __u64, doc: RAX. }] }
                      - { name: acme_pair, size: 16, doc: Two., members: [{ name: both, type: "struct acme_regs[2]", doc: Both. }] }
                    """
                ),
                new SpecText(
                    Ioctls,
                    """
                    kind: kvm-ioctls
                    ioctls:
                      - { name: KVM_ACME_RESET, number: 0xC0, direction: none, descriptor: vm, doc: Resets. }
                    """
                ),
                new SpecText(
                    Broken,
                    """
                    kind: enums
                    enums:
                      - { name: AcmeTrap, size: 16, doc: Traps., valeus: [], values: [{ value: 0, name: None, doc: None. }] }
                    """
                ),
                new SpecText("notes/other.yaml", "kind: enums\nenums: []\n", isSpec: false)
            )
            .WithSteps();

    /// <summary>The same with a reference that was made of specs too.</summary>
    public static GeneratorRun RunBesideLibrary() => Run().WithReferences([Library.Value]);

    private static readonly Lazy<MetadataReference> Library = new(static () =>
        GeneratorRun
            .Of(new SpecText("library.vmcs.yaml", "kind: enums\nvisibility: public\nenums: [{ name: LibraryMode, size: 8, values: [] }]"))
            .WithAssemblyName("Library")
            .Compile(RuntimeAssemblies.References)
            .Reference(isCompiled: true)
    );
}
