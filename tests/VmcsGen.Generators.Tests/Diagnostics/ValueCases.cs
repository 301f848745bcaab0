using System.Collections.Generic;

namespace VmcsGen.Generators.Tests.Diagnostics;

/// <summary>Values of the wrong kind.</summary>
internal static class ValueCases
{
    public static IEnumerable<DiagnosticCase> All =>
        [
            Msr(
                "word for a number",
                "▶many◀",
                "'many' cannot be the value of 'index', which is a number from 0 to 4294967295, decimal or hexadecimal with 0x."
            ),
            Msr(
                "negative number",
                "▶-1◀",
                "'-1' cannot be the value of 'index', which is a number from 0 to 4294967295, decimal or hexadecimal with 0x."
            ),
            Msr(
                "number in quotes",
                "▶\"0x700\"◀",
                "'0x700' cannot be the value of 'index', which is a number from 0 to 4294967295, decimal or hexadecimal with 0x. Leave the quotation marks out."
            ),
            Msr(
                "number that is too large",
                "▶0x100000000◀",
                "'0x100000000' cannot be the value of 'index', which is a number from 0 to 4294967295, decimal or hexadecimal with 0x."
            ),
            Msr(
                "list for a number",
                "▶◀[1]",
                "a list cannot be the value of 'index', which is a number from 0 to 4294967295, decimal or hexadecimal with 0x."
            ),
            new(
                "VMCS0007",
                "list for a text",
                """
                kind: enums
                enums:
                  - { name: AcmeFirst, size: 8, doc: ▶◀[First.], values: [] }
                  - { name: AcmeSecond, size: 8, doc: Second., values: [] }
                """,
                "a list cannot be the value of 'doc', which is some text.",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0007",
                "nothing for a text",
                """
                kind: enums
                enums:
                  - { name: ▶◀, size: 8, doc: First., values: [] }
                  - { name: AcmeSecond, size: 8, doc: Second., values: [] }
                """,
                "nothing cannot be the value of 'name', which is some text.",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0007",
                "text for a list",
                """
                kind: enums
                enums:
                  - { name: AcmeFirst, size: 8, doc: First., values: ▶none◀ }
                  - { name: AcmeSecond, size: 8, doc: Second., values: [] }
                """,
                "'none' cannot be the value of 'values', which is a list.",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0007",
                "text among mappings",
                """
                kind: enums
                enums:
                  - ▶AcmeFirst◀
                  - { name: AcmeSecond, size: 8, doc: Second., values: [] }
                """,
                "'AcmeFirst' cannot be the value of 'enums', which is a list of mappings.",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0007",
                "word that is none of the choices",
                """
                kind: kvm-constants
                groups:
                  - { name: AcmeFirst, form: ▶flag◀, doc: First., values: [] }
                  - { name: AcmeSecond, form: flags, doc: Second., values: [] }
                """,
                "'flag' cannot be the value of 'form', which is one of enum, flags, constants. Did you mean 'flags'?",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0007",
                "size that no integer has",
                """
                kind: enums
                enums:
                  - { name: AcmeFirst, size: ▶24◀, doc: First., values: [] }
                  - { name: AcmeSecond, size: 8, doc: Second., values: [] }
                """,
                "'24' cannot be the value of 'size', which is one of 8, 16, 32, 64.",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0007",
                "word for true or false",
                """
                kind: enums
                enums:
                  - { name: AcmeFirst, size: 8, flags: ▶yes◀, doc: First., values: [] }
                  - { name: AcmeSecond, size: 8, doc: Second., values: [] }
                """,
                "'yes' cannot be the value of 'flags', which is true or false. Did you mean 'true', without quotation marks?",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0007",
                "visibility that C# has and specs have not",
                """
                kind: enums
                visibility: ▶private◀
                enums:
                  - { name: AcmeFirst, size: 8, doc: First., values: [] }
                """,
                "'private' cannot be the value of 'visibility', which is one of public, internal.",
                null
            ),
            new(
                "VMCS0024",
                "range with its ends swapped",
                """
                kind: bitfields
                bitfields:
                  - name: AcmeBits
                    size: 16
                    doc: Bits.
                    bits:
                      - { bits: ▶7-4◀, name: First, doc: The first. }
                      - { bits: 8-9, name: Second, doc: The second. }
                """,
                "'7-4' is not a range: it is written lo-hi, the lower bit first",
                null
            ),
            new(
                "VMCS0015",
                "value that its enum cannot hold",
                """
                kind: enums
                enums:
                  - { name: AcmeFirst, size: 8, doc: First., values: [{ value: ▶0x100◀, name: Large }] }
                  - { name: AcmeSecond, size: 8, doc: Second., values: [] }
                """,
                "'Large' does not fit into 8 bits",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0007",
                "version that YAML reads as a number",
                """
                kind: enums
                enums:
                  - { name: AcmeFirst, size: 8, doc: First., since: ▶6.10◀, values: [] }
                  - { name: AcmeSecond, size: 8, doc: Second., values: [] }
                """,
                "'6.10' cannot be the value of 'since', which is some text. Put it in quotation marks.",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0007",
                "descriptor that there is not",
                """
                kind: kvm-ioctls
                ioctls:
                  - { name: KVM_ACME_FIRST, number: 0xC0, direction: none, descriptor: [vm, ▶cpu◀], doc: First. }
                  - { name: KVM_ACME_SECOND, number: 0xC1, direction: none, descriptor: vm, doc: Second. }
                """,
                "'cpu' cannot be the value of 'descriptor', which is one of system, vm, vcpu, device, or a C# type such as SafeFileHandle. Did you mean 'vcpu'?",
                "AcmeIoctls.g.cs"
            ),
            new(
                "VMCS0007",
                "error that is not an errno",
                """
                kind: kvm-ioctls
                ioctls:
                  - { name: KVM_ACME_FIRST, number: 0xC0, direction: none, descriptor: vm, doc: First., errors: { ▶Bad◀: It went wrong. } }
                  - { name: KVM_ACME_SECOND, number: 0xC1, direction: none, descriptor: vm, doc: Second. }
                """,
                "'Bad' cannot be the value of 'errors', which is an errno name (EINVAL) with a text.",
                "AcmeIoctls.g.cs"
            ),
            new(
                "VMCS0007",
                "array of no structs",
                """
                kind: kvm-structs
                structs:
                  - name: acme_first
                    size: 0
                    doc: First.
                    members:
                      - { name: slots, length: ▶0◀, doc: Slots., struct: [{ name: start, type: __u64, doc: The start. }] }
                  - { name: acme_second, size: 8, doc: Second., members: [{ name: a, type: __u64, doc: A. }] }
                """,
                "'0' cannot be the value of 'length', which is a number from 1.",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0007",
                "one bit as a range",
                """
                kind: bitfields
                bitfields:
                  - { name: AcmeBits, size: 8, doc: Bits., bits: [{ bits: ▶3◀, name: First, doc: The first. }] }
                  - { name: AcmeSecond, size: 8, doc: Second., bits: [] }
                """,
                "'3' cannot be the value of 'bits', which is a range lo-hi. For one bit, say 'bit: 3'.",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0024",
                "negative number in a group without a sign",
                """
                kind: kvm-constants
                groups:
                  - { name: AcmeFirst, form: enum, doc: First., values: [{ name: ONE, value: ▶-5◀ }] }
                  - { name: AcmeSecond, form: enum, doc: Second., values: [] }
                """,
                "'ONE' is negative, but the values of 'AcmeFirst' are not: add 'signed: true' to the group",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0015",
                "negative number that does not fit",
                """
                kind: kvm-constants
                groups:
                  - { name: AcmeFirst, form: enum, size: 8, signed: true, doc: First., values: [{ name: ONE, value: ▶-129◀ }] }
                  - { name: AcmeSecond, form: enum, doc: Second., values: [] }
                """,
                "'ONE' does not fit into 8 bits",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0024",
                "texts of constants that are no type",
                """
                kind: kvm-constants
                groups:
                  - ▶◀{ name: AcmeFirst, form: constants, texts: true, doc: First., values: [] }
                  - { name: AcmeSecond, form: enum, doc: Second., values: [] }
                """,
                "A class of constants is no type whose values could be told by name: leave 'texts' out, or make it an enum",
                "AcmeSecond.g.cs"
            ),
        ];

    private static DiagnosticCase Msr(string rule, string index, string message) =>
        new(
            "VMCS0007",
            rule,
            $$"""
            kind: msrs
            msrs:
              - { name: Ia32AcmeFirst, index: {{index}}, doc: First. }
              - { name: Ia32AcmeSecond, index: 0x701, doc: Second. }
            """,
            message,
            "AcmeMsrs.g.cs"
        );
}
