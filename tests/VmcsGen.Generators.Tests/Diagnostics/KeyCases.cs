using System.Collections.Generic;
using Microsoft.CodeAnalysis;

namespace VmcsGen.Generators.Tests.Diagnostics;

/// <summary>Keys that are unknown, missing, or given twice.</summary>
internal static class KeyCases
{
    public static IEnumerable<DiagnosticCase> All =>
        [
            new(
                "VMCS0004",
                "misspelt key of an item",
                """
                kind: vmcs-fields
                fields:
                  - { name: AcmeIndex, ▶encodng◀: 0x0070, encoding: 0x0070, doc: An index. }
                """,
                "This VMCS field has no key 'encodng'. Did you mean 'encoding'? Its keys are name, doc, linux, sdm, see, since, encoding, type, exists-when, check.",
                null
            ),
            new(
                "VMCS0004",
                "misspelt key of a part",
                """
                kind: bitfields
                bitfields:
                  - name: AcmeBits
                    size: 8
                    doc: Bits.
                    bits:
                      - { bit: 0, name: First, ▶docs◀: The first. }
                """,
                "This bit has no key 'docs'. Did you mean 'doc'? Its keys are name, doc, linux, sdm, see, since, bit, bits, enum, in-place.",
                null
            ),
            new(
                "VMCS0004",
                "key like no other at the top",
                """
                kind: enums
                ▶author◀: Nobody
                enums:
                  - { name: AcmeFirst, size: 8, doc: First., values: [] }
                """,
                "This 'enums' spec has no key 'author'. Its keys are kind, source, namespace, visibility, enums.",
                null
            ),
            new(
                "VMCS0005",
                "no kind",
                """
                ▶◀enums:
                  - { name: AcmeFirst, size: 8, doc: First., values: [] }
                """,
                "This spec needs the key 'kind'",
                null
            ),
            new("VMCS0005", "no list", "▶◀kind: enums\nsource: Acme manual\n", "This 'enums' spec needs the key 'enums'", null),
            new(
                "VMCS0005",
                "item without its name",
                """
                kind: enums
                enums:
                  - ▶◀{ size: 8, doc: First., values: [] }
                  - { name: AcmeSecond, size: 8, doc: Second., values: [] }
                """,
                "This enum needs the key 'name'",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0005",
                "item without its number",
                """
                kind: msrs
                msrs:
                  - ▶◀{ name: Ia32AcmeFirst, doc: First. }
                  - { name: Ia32AcmeSecond, index: 0x701, doc: Second. }
                """,
                "This MSR needs the key 'index'",
                "AcmeMsrs.g.cs"
            ),
            new(
                "VMCS0005",
                "part without its place",
                """
                kind: bitfields
                bitfields:
                  - name: AcmeBits
                    size: 8
                    doc: Bits.
                    bits:
                      - ▶◀{ name: First, doc: The first. }
                      - { bit: 1, name: Second, doc: The second. }
                """,
                "This bit needs the key 'bit' or 'bits'",
                null
            ),
            new(
                "VMCS0027",
                "descriptor by the key's former name",
                """
                kind: kvm-ioctls
                ioctls:
                  - { name: KVM_ACME_FIRST, number: 0xC0, direction: none, ▶on◀: vm, doc: First. }
                """,
                "The key 'on' is called 'descriptor' now",
                "AcmeIoctls.g.cs",
                DiagnosticSeverity.Warning
            ),
            new(
                "VMCS0005",
                "ioctl without its descriptor",
                """
                kind: kvm-ioctls
                ioctls:
                  - ▶◀{ name: KVM_ACME_FIRST, number: 0xC0, direction: none, doc: First. }
                  - { name: KVM_ACME_SECOND, number: 0xC1, direction: none, descriptor: vm, doc: Second. }
                """,
                "This ioctl needs the key 'descriptor'",
                "AcmeIoctls.g.cs"
            ),
            new(
                "VMCS0006",
                "key of an item given twice",
                """
                kind: enums
                enums:
                  - { name: AcmeFirst, size: 8, ▶size◀: 16, doc: First., values: [] }
                """,
                "The key 'size' is given twice in this enum: remove one",
                null
            ),
            new(
                "VMCS0006",
                "key at the top given twice",
                """
                kind: enums
                enums:
                  - { name: AcmeFirst, size: 8, doc: First., values: [] }
                ▶enums◀: []
                """,
                "The key 'enums' is given twice in this 'enums' spec: remove one",
                null
            ),
            new(
                "VMCS0004",
                "the kind's key with a capital letter",
                "▶Kind◀: enums\nenums: []\n",
                "This spec has no key 'Kind'. Did you mean 'kind'? Its keys are kind.",
                null
            ),
            new(
                "VMCS0006",
                "descriptor by both its names",
                """
                kind: kvm-ioctls
                ioctls:
                  - { name: KVM_ACME_FIRST, number: 0xC0, direction: none, descriptor: vm, ▶on◀: vcpu, doc: First. }
                  - { name: KVM_ACME_SECOND, number: 0xC1, direction: none, descriptor: vm, doc: Second. }
                """,
                "The key 'on' is given twice in this ioctl, as 'descriptor': remove one",
                "AcmeIoctls.g.cs"
            ),
        ];
}
