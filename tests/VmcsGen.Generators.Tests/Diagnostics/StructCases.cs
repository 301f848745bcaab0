using System.Collections.Generic;

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
                "kernel's own name of a type",
                "type: ▶u32◀",
                "'u32' is not a C type that specs know. Did you mean '__u32'?"
            ),
            Struct(
                "VMCS0021",
                "C's name of a type",
                "type: ▶size_t◀",
                "'size_t' is not a C type that specs know. Did you mean 'unsigned long'?"
            ),
            Struct(
                "VMCS0021",
                "struct without the word",
                "type: ▶kvm_regs◀",
                "'kvm_regs' is not a C type that specs know. Did you mean 'struct kvm_regs'?"
            ),
            Struct("VMCS0021", "array without its end", "type: ▶\"__u8[4\"◀", "'__u8[4' is not a C type that specs know."),
            Struct("VMCS0021", "array of nothing", "type: ▶\"__u8[0]\"◀", "'__u8[0]' is not a C type that specs know."),
            Struct(
                "VMCS0021",
                "array of more than can be",
                "type: ▶\"__u8[65536][65536]\"◀",
                "'__u8[65536][65536]' is not a C type that specs know."
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
                Member("{ name: ▶a◀, type: __u8, bits: 9, doc: A. }"),
                "'a' does not fit into 8 bits",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0015",
                "C bit-field of no bits",
                Member("{ name: ▶a◀, type: __u8, bits: 0, doc: A. }"),
                "'a' does not fit into 8 bits",
                "AcmeSecond.g.cs"
            ),
            Struct(
                "VMCS0024",
                "C bit-field of a signed type",
                "bits: 3, type: ▶int◀",
                "'a' is a bit-field of a signed type, which specs cannot describe: state the unsigned type of that size"
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
