using System.Collections.Generic;
using Microsoft.CodeAnalysis;

namespace VmcsGen.Generators.Tests.Diagnostics;

/// <summary>C structs that cannot be laid out as stated.</summary>
internal static class StructCases
{
    public static IEnumerable<DiagnosticCase> All =>
        [
            new(
                "VMCS0020",
                "size that the members do not make",
                """
                kind: kvm-structs
                structs:
                  - { name: acme_first, size: ▶12◀, doc: First., members: [{ name: a, type: __u64, doc: A. }, { name: b, type: __u32, doc: B. }] }
                  - { name: acme_second, size: 8, doc: Second., members: [{ name: a, type: __u64, doc: A. }] }
                """,
                "'struct acme_first' is stated to have 12 bytes, but its members make 16 by the C layout rules: a member is missing, too many, or has another type",
                "AcmeSecond.g.cs"
            ),
            Struct("VMCS0021", "unknown C type", "type: ▶_u32◀", "'_u32' is not a C type that specs know. Did you mean '__u32'?"),
            Struct("VMCS0021", "C type like no other", "type: ▶wonderful◀", "'wonderful' is not a C type that specs know."),
            Struct(
                "VMCS0021",
                "struct without the word",
                "type: ▶kvm_regs◀",
                "'kvm_regs' is not a C type that specs know. Did you mean 'struct kvm_regs'?"
            ),
            Struct("VMCS0021", "array without its end", "type: ▶\"__u8[4\"◀", "'__u8[4' is not a C type that specs know."),
            Struct(
                "VMCS0024",
                "array of more than can be",
                "type: ▶\"__u8[65536][65536]\"◀",
                "'__u8[65536][65536]' has more than 1048576 elements, which the runtime cannot load"
            ),
            Struct(
                "VMCS0021",
                "another language's name of a type",
                "type: ▶ulong◀",
                "'ulong' is not a C type that specs know. Did you mean '__u64'?"
            ),
            Struct("VMCS0021", "pointer to a function", "type: ▶void (*f)(void)◀", "'void (*f)(void)' is not a C type that specs know."),
            Struct(
                "VMCS0021",
                "union without the word",
                "type: ▶acme_second◀",
                "'acme_second' is not a C type that specs know. Did you mean 'struct acme_second'?"
            ),
            Struct(
                "VMCS0024",
                "struct that is called a union",
                "type: ▶union acme_second◀",
                "'acme_second' is a struct: write 'struct acme_second'"
            ),
            Struct(
                "VMCS0040",
                "length by a name that there is not",
                "type: \"__u8[4 * ▶ACME_LENGTH◀]\"",
                "'4 * ACME_LENGTH' cannot be computed: there is no constant 'ACME_LENGTH', neither built in nor in this project's specs"
            ),
            Struct(
                "VMCS0040",
                "length that is negative",
                "type: \"__u8[▶2 - 3◀]\"",
                "'2 - 3' cannot be computed: it is -1, and an array cannot have so many elements"
            ),
            Struct(
                "VMCS0040",
                "length as C takes it for octal",
                "type: \"__u8[▶010◀]\"",
                "'010' cannot be computed: In C, 010 is octal: write 8, or 10 if that is meant"
            ),
            Struct(
                "VMCS0041",
                "bit-field of a pointer",
                "type: ▶void *◀, bits: 3",
                "'void *' cannot be the type of a bit-field: it is an integer of at most 64 bits in this machine's order of bytes"
            ),
            Struct(
                "VMCS0041",
                "bit-field of another order of bytes",
                "type: ▶__be32◀, bits: 3",
                "'__be32' cannot be the type of a bit-field: it is an integer of at most 64 bits in this machine's order of bytes"
            ),
            Struct(
                "VMCS0041",
                "array of bit-fields",
                "type: ▶\"__u8[2]\"◀, bits: 3",
                "'__u8[2]' cannot be the type of a bit-field: it is an integer of at most 64 bits in this machine's order of bytes"
            ),
            Struct(
                "VMCS0041",
                "aligned bit-field",
                "type: __u8, bits: 3, align: ▶4◀",
                "'a' is a bit-field, and these cannot be aligned: put one of no bits in front of it"
            ),
            new(
                "VMCS0041",
                "flexible array that is not the last member",
                Member("{ name: ▶a◀, type: \"__u8[]\" }, { name: b, type: __u32 }"),
                "'a' is an array without a length, and such an array is the last member of a struct",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0041",
                "two flexible arrays",
                Member("{ name: n, type: __u32 }, { struct: [{ name: ▶a◀, type: \"__u8[]\" }] }, { name: b, type: \"__u8[]\" }"),
                "'a' is an array without a length, and such an array is the last member of a struct",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0041",
                "array of structs that end in a flexible array",
                Member("{ name: a, length: ▶2◀, struct: [{ name: n, type: __u32 }, { name: b, type: \"__u8[]\" }] }"),
                "The elements of 'a' end in an array without a length, so they cannot follow each other",
                "AcmeSecond.g.cs"
            ),
            Struct(
                "VMCS0024",
                "count of an array that has a length",
                "type: \"__u8[4]\", count: ▶a◀",
                "'a' has 'count' and is not an array without a length: leave it out"
            ),
            new(
                "VMCS0024",
                "count that is an array",
                Member("{ name: n, type: \"__u8[4]\" }, { name: a, type: \"__u8[]\", count: ▶n◀ }"),
                "'n' cannot count 'a', because it is not an integer: name the member that does",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0024",
                "unit of no count",
                Member("{ name: n, type: __u32 }, { name: ▶a◀, type: \"__u8[]\", counts: bytes }"),
                "'a' says with 'counts' what 'count' counts, but has no 'count'",
                "AcmeSecond.g.cs"
            ),
            Struct(
                "VMCS0024",
                "length beside a type",
                "type: __u32, length: ▶2◀",
                "'length' belongs to a struct or union with members of its own: write the length of 'a' into its type"
            ),
            Struct(
                "VMCS0024",
                "enum in another order of bytes",
                "type: __be32, enum: ▶Bystander◀",
                "'a' is not an integer in this machine's order of bytes, so it cannot be shown as an enum"
            ),
            new(
                "VMCS0024",
                "several bits as a truth value",
                Member("{ name: ▶a◀, type: __u32, bits: 2, flag: true, doc: A. }"),
                "'flag' shows a bit-field of one bit as true or false, and 'a' is none",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0024",
                "C# name of a type that is not made",
                Member("{ name: ▶a◀, type: __u32, csharp-type: AcmeType, doc: A. }"),
                "'csharp-type' belongs to a struct or union with members of its own, which 'a' is not",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0007",
                "alignment that is no power of two",
                """
                kind: kvm-structs
                structs:
                  - { name: acme_first, size: 4, align: ▶3◀, doc: First., members: [{ name: a, type: __u32 }] }
                  - { name: acme_second, size: 8, doc: Second., members: [{ name: a, type: __u64, doc: A. }] }
                """,
                "'3' cannot be the value of 'align', which is a power of two up to 4096.",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0024",
                "struct with two lists of members",
                """
                kind: kvm-structs
                structs:
                  - ▶◀{ name: acme_first, size: 4, doc: First., members: [{ name: a, type: __u32 }], union: [{ name: b, type: __u32 }] }
                  - { name: acme_second, size: 8, doc: Second., members: [{ name: a, type: __u64, doc: A. }] }
                """,
                "An item has 'members', which follow each other, or 'union' with members of which there is one at a time: state one of them",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0044",
                "capability that nothing declares",
                """
                kind: kvm-structs
                structs:
                  - { name: acme_first, size: 4, capability: ▶KVM_CAP_IRQCHIPS◀, doc: First., members: [{ name: a, type: __u32 }] }
                  - { name: acme_second, size: 8, doc: Second., members: [{ name: a, type: __u64, doc: A. }] }
                """,
                "There is no constant 'KVM_CAP_IRQCHIPS', neither built in nor in this project's specs. Did you mean 'KVM_CAP_IRQCHIP'?",
                "AcmeFirst.g.cs",
                DiagnosticSeverity.Warning
            ),
            Struct(
                "VMCS0022",
                "enum of another size",
                "type: __u32, enum: ▶Bystander◀",
                "The enum 'Bystander' has 8 bits, but the member 'a' has 32"
            ),
            new(
                "VMCS0015",
                "C bit-field wider than its type",
                Member("{ name: a, type: __u8, bits: ▶9◀, doc: A. }"),
                "'a' does not fit into 8 bits",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0015",
                "C bit-field of no bits",
                Member("{ name: a, type: __u8, bits: ▶0◀, doc: A. }"),
                "'a' does not fit into 8 bits",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0024",
                "struct that contains itself",
                Member("{ name: a, type: ▶struct acme_first◀, doc: A. }"),
                "'struct acme_first' contains itself: only a pointer to it can stand here",
                "AcmeSecond.g.cs"
            ),
        ];

    private static DiagnosticCase Struct(string id, string rule, string type, string message) =>
        new(id, rule, Member($"{{ name: a, {type}, doc: A. }}"), message, "AcmeSecond.g.cs");

    private static string Member(string member) =>
        $$"""
            kind: kvm-structs
            structs:
              - { name: acme_first, size: 4, doc: First., members: [{{member}}] }
              - { name: acme_second, size: 8, doc: Second., members: [{ name: a, type: __u64, doc: A. }] }
            """;
}
