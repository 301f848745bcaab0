using System.Collections.Generic;

namespace VmcsGen.Generators.Tests.Diagnostics;

/// <summary>Names that C# does not allow, and names that are taken.</summary>
internal static class NameCases
{
    private const string NotAName =
        "cannot be a name here: use the letters A to Z, digits and underscores, begin with no digit, and avoid the keywords of C#";

    public static IEnumerable<DiagnosticCase> All =>
        [
            Enum("VMCS0008", "keyword", "▶class◀", $"'class' {NotAName}"),
            Enum("VMCS0008", "digit first", "▶2ndAcme◀", $"'2ndAcme' {NotAName}"),
            Enum("VMCS0008", "other characters", "▶Acme-First◀", $"'Acme-First' {NotAName}"),
            new(
                "VMCS0008",
                "namespace",
                """
                kind: enums
                namespace: ▶Acme.2nd◀
                enums:
                  - { name: AcmeFirst, size: 8, doc: First., values: [] }
                """,
                $"'Acme.2nd' {NotAName}",
                null
            ),
            new(
                "VMCS0008",
                "native name that is none in C",
                """
                kind: kvm-structs
                structs:
                  - { name: ▶acme-first◀, size: 8, doc: First., members: [{ name: a, type: __u64, doc: A. }] }
                  - { name: acme_second, size: 8, doc: Second., members: [{ name: a, type: __u64, doc: A. }] }
                """,
                $"'acme-first' {NotAName}",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0008",
                "ioctl called as a keyword",
                """
                kind: kvm-ioctls
                ioctls:
                  - { name: ▶ref◀, number: 0xC0, direction: none, descriptor: vm, csharp: First, doc: First. }
                  - { name: KVM_ACME_SECOND, number: 0xC1, direction: none, descriptor: vm, doc: Second. }
                """,
                $"'ref' {NotAName}",
                "AcmeIoctls.g.cs"
            ),
            Enum(
                "VMCS0009",
                "built-in type",
                "▶PinBasedControls◀",
                "The name 'PinBasedControls' is already taken by the built-in bit-field PinBasedControls: choose another"
            ),
            new(
                "VMCS0009",
                "type of another kind in one file",
                """
                kind: kvm-constants
                groups:
                  - { name: AcmeFirst, form: enum, doc: First., values: [] }
                  - { name: ▶AcmeFirst◀, form: constants, doc: Second., values: [] }
                """,
                "The name 'AcmeFirst' is already taken by the enum AcmeFirst in acme.vmcs.yaml: choose another",
                "AcmeFirst.g.cs"
            ),
            new(
                "VMCS0009",
                "value of an enum",
                """
                kind: enums
                enums:
                  - { name: AcmeFirst, size: 8, doc: First., values: [{ value: 0, name: None }, { value: 1, name: ▶None◀ }] }
                  - { name: AcmeSecond, size: 8, doc: Second., values: [] }
                """,
                "The name 'None' is already taken by another value of AcmeFirst: choose another",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0009",
                "constants that become the same in C#",
                """
                kind: kvm-constants
                groups:
                  - { name: AcmeFirst, form: enum, doc: First., values: [{ name: ACME_ONE, value: 1, doc: One. }, { name: ▶acme_one◀, value: 2, doc: Two. }] }
                  - { name: AcmeSecond, form: enum, doc: Second., values: [] }
                """,
                "The name 'AcmeOne' is already taken by another value of AcmeFirst: choose another",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0009",
                "part of a bit-field",
                Bits("First", "▶First◀"),
                "The name 'First' is already taken by another part of AcmeBits: choose another",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0009",
                "part called as a member that every bit-field has",
                Bits("First", "▶Value◀"),
                "The name 'Value' is already taken by a member that every bit-field has: choose another",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0009",
                "part called as its bit-field",
                Bits("First", "▶AcmeBits◀"),
                "The name 'AcmeBits' is already taken by the bit-field: choose another",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0009",
                "member of a layout",
                """
                kind: layouts
                layouts:
                  - name: AcmePage
                    size: 64
                    doc: A page.
                    fields:
                      - { offset: 0, name: First, type: uint, doc: First. }
                      - { offset: 4, name: ▶First◀, type: uint, doc: Second. }
                      - { offset: 8, name: Third, type: uint, doc: Third. }
                """,
                "The name 'First' is already taken by another member of AcmePage: choose another",
                null
            ),
            new(
                "VMCS0009",
                "member called as one that every layout has",
                """
                kind: layouts
                layouts:
                  - name: AcmePage
                    size: 64
                    doc: A page.
                    fields:
                      - { offset: 0, name: ▶Members◀, type: uint, doc: First. }
                """,
                "The name 'Members' is already taken by a member that every layout has: choose another",
                null
            ),
            new(
                "VMCS0009",
                "struct",
                """
                kind: kvm-structs
                structs:
                  - { name: acme_first, size: 8, doc: First., members: [{ name: a, type: __u64, doc: A. }] }
                  - { name: ▶acme_first◀, size: 4, doc: Second., members: [{ name: a, type: __u32, doc: A. }] }
                """,
                "The name 'acme_first' is already taken by another struct in acme.vmcs.yaml: choose another",
                "AcmeFirst.g.cs"
            ),
            new(
                "VMCS0009",
                "built-in struct",
                """
                kind: kvm-structs
                structs:
                  - { name: acme_first, size: 8, doc: First., members: [{ name: a, type: __u64, doc: A. }] }
                  - { name: ▶kvm_regs◀, size: 8, doc: Second., members: [{ name: a, type: __u64, doc: A. }] }
                """,
                "The name 'kvm_regs' is already taken by the built-in struct kvm_regs: choose another",
                "AcmeFirst.g.cs"
            ),
            new(
                "VMCS0009",
                "member of a struct",
                Struct("{ name: a_b, type: __u32, doc: A. }, { name: ▶A_B◀, type: __u32, doc: B. }"),
                "The name 'AB' is already taken by the struct or another member of it: choose another with 'csharp'",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0009",
                "member of an anonymous union",
                Struct("{ name: a, type: __u32, doc: A. }, { union: [{ name: ▶a◀, type: __u32, doc: B. }] }"),
                "The name 'A' is already taken by the struct or another member of it: choose another with 'csharp'",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0009",
                "member called as the type of another",
                Struct("{ name: ab, struct: [{ name: a, type: __u32 }] }, { name: ▶ab_struct◀, type: __u32 }"),
                "The name 'AbStruct' is already taken by the struct or another member of it: choose another with 'csharp'",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0009",
                "member called as the array of another",
                Struct("{ name: ab, type: \"__u8[4]\" }, { name: ▶ab_array◀, type: __u32 }"),
                "The name 'AbArray' is already taken by the struct or another member of it: choose another with 'csharp'",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0009",
                "member called as its struct",
                Struct("{ name: ▶acme_first◀, type: __u64, doc: A. }"),
                "The name 'AcmeFirst' is already taken by the struct or another member of it: choose another with 'csharp'",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0009",
                "ioctl",
                """
                kind: kvm-ioctls
                ioctls:
                  - { name: KVM_ACME_FIRST, number: 0xC0, direction: none, descriptor: vm, doc: First. }
                  - { name: ▶KVM_ACME_FIRST◀, number: 0xC1, direction: none, descriptor: vm, doc: Second. }
                """,
                "The name 'KVM_ACME_FIRST' is already taken by the ioctl KVM_ACME_FIRST in acme.vmcs.yaml: choose another",
                "AcmeIoctls.g.cs"
            ),
            new(
                "VMCS0009",
                "built-in VMCS field",
                Field("▶GuestRip◀", "0x4070"),
                "The name 'GuestRip' is already taken by the built-in VMCS field GuestRip: choose another",
                "AcmeVmcsFields.g.cs"
            ),
            new(
                "VMCS0009",
                "VMCS field called as the table of fields",
                Field("▶All◀", "0x4070"),
                "The name 'All' is already taken by a member of Vmcs, VmcsField or the class with the file's fields: choose another",
                "AcmeVmcsFields.g.cs"
            ),
            new(
                "VMCS0009",
                "VMCS field called as a member of Vmcs",
                Field("▶Access◀", "0x4070"),
                "The name 'Access' is already taken by a member of Vmcs, VmcsField or the class with the file's fields: choose another",
                "AcmeVmcsFields.g.cs"
            ),
            Enum(
                "VMCS0009",
                "type that generated code uses",
                "▶VmcsField◀",
                "The name 'VmcsField' is already taken by a type that generated code uses: choose another"
            ),
            Enum(
                "VMCS0009",
                "C# name of a built-in struct",
                "▶KvmRegs◀",
                "The name 'KvmRegs' is already taken by the built-in struct kvm_regs: choose another"
            ),
            Enum(
                "VMCS0009",
                "image of a built-in layout",
                "▶Vmcs12Image◀",
                "The name 'Vmcs12Image' is already taken by the built-in layout Vmcs12: choose another"
            ),
            new(
                "VMCS0009",
                "layout whose image has the name of a type",
                """
                kind: layouts
                layouts:
                  - { name: AcmePageImage, size: 64, doc: A page., fields: [] }
                  - { name: ▶AcmePage◀, size: 64, doc: A page., fields: [] }
                """,
                "The name 'AcmePage' is already taken by the layout AcmePageImage in acme.vmcs.yaml: choose another",
                "AcmePageImage.g.cs"
            ),
            new(
                "VMCS0009",
                "constant called as its class",
                """
                kind: kvm-constants
                groups:
                  - { name: AcmeFirst, form: constants, values: [{ name: ▶acme_first◀, value: 1 }] }
                  - { name: AcmeSecond, form: constants, values: [{ name: acme_first, value: 1 }] }
                """,
                "The name 'AcmeFirst' is already taken by the class or a member that every class has: choose another",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0009",
                "two structs with one C# name",
                """
                kind: kvm-structs
                structs:
                  - { name: acme_first, size: 8, doc: First., members: [{ name: a, type: __u64, doc: A. }] }
                  - { name: ▶acme__first◀, size: 4, doc: Second., members: [{ name: a, type: __u32, doc: A. }] }
                """,
                "The name 'AcmeFirst' is already taken by the struct acme_first in acme.vmcs.yaml: choose another with 'csharp'",
                "AcmeFirst.g.cs"
            ),
            new(
                "VMCS0009",
                "nested type that hides one that the struct uses",
                Struct("{ name: ▶ab◀, csharp-type: KvmRegs, struct: [{ name: a, type: __u64 }] }, { name: regs, type: struct kvm_regs }"),
                "The name 'KvmRegs' is already taken by a type that this struct uses: choose another with 'csharp-type'",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0009",
                "member called as the row type of another",
                Struct("{ name: ab, type: \"__u8[2][2]\" }, { name: ▶ab_row◀, type: __u32 }"),
                "The name 'AbRow' is already taken by the struct or another member of it: choose another with 'csharp'",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0009",
                "member called as one that every struct has",
                Struct("{ name: ▶get_type◀, type: __u64, doc: A. }"),
                "The name 'GetType' is already taken by a member that every struct has: choose another with 'csharp'",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0009",
                "method twice on one descriptor",
                """
                kind: kvm-ioctls
                ioctls:
                  - { name: KVM_ACME_FIRST, number: 0xC0, direction: none, descriptor: [system, vm], doc: First. }
                  - { name: ▶KVM_ACME_OTHER◀, number: 0xC1, direction: none, descriptor: vm, csharp: AcmeFirst, doc: Second. }
                  - { name: KVM_ACME_THIRD, number: 0xC2, direction: none, descriptor: vcpu, csharp: AcmeFirst, doc: Third. }
                """,
                "The name 'AcmeFirst' is already taken by the ioctl KVM_ACME_FIRST in acme.vmcs.yaml as a method of KvmVm: choose another with 'csharp'",
                "AcmeIoctls.g.cs"
            ),
            new(
                "VMCS0009",
                "method of a built-in ioctl",
                """
                kind: kvm-ioctls
                ioctls:
                  - { name: ▶KVM_ACME_FIRST◀, number: 0xC0, direction: none, descriptor: vcpu, csharp: GetRegs, doc: First. }
                  - { name: KVM_ACME_SECOND, number: 0xC1, direction: none, descriptor: vm, doc: Second. }
                """,
                "The name 'GetRegs' is already taken by the built-in ioctl KVM_GET_REGS as a method of KvmVcpu: choose another with 'csharp'",
                "AcmeIoctls.g.cs"
            ),
            new(
                "VMCS0009",
                "ioctl called as a member of the class with the numbers",
                """
                kind: kvm-ioctls
                ioctls:
                  - { name: ▶NameOf◀, number: 0xC0, direction: none, descriptor: vcpu, doc: First. }
                  - { name: KVM_ACME_SECOND, number: 0xC1, direction: none, descriptor: vm, doc: Second. }
                """,
                "The name 'NameOf' is already taken by a member of the class with the request numbers: choose another",
                "AcmeIoctls.g.cs"
            ),
            new(
                "VMCS0024",
                "native name that gives no C# name",
                """
                kind: kvm-constants
                groups:
                  - name: AcmeFirst
                    form: enum
                    prefix: ACME_
                    doc: First.
                    values:
                      - { name: ▶ACME_2BIG◀, value: 1, doc: Too big. }
                      - { name: ACME_SMALL, value: 2, doc: Small. }
                """,
                "'ACME_2BIG' gives '2big', which is not a C# name: state one with 'csharp'",
                null
            ),
            new(
                "VMCS0024",
                "struct whose native name gives no C# name",
                """
                kind: kvm-structs
                structs:
                  - { name: ▶_2nd◀, size: 8, doc: First., members: [{ name: a, type: __u64, doc: A. }] }
                  - { name: acme_second, size: 8, doc: Second., members: [{ name: a, type: __u64, doc: A. }] }
                """,
                "'_2nd' gives '2nd', which is not a C# name: state one with 'csharp'",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0024",
                "ioctl whose native name gives no C# name",
                """
                kind: kvm-ioctls
                ioctls:
                  - { name: ▶KVM_◀, number: 0xC0, direction: none, descriptor: vm, doc: First. }
                  - { name: KVM_ACME_SECOND, number: 0xC1, direction: none, descriptor: vm, doc: Second. }
                """,
                "'KVM_' gives '', which is not a C# name: state one with 'csharp'",
                "AcmeIoctls.g.cs"
            ),
            new(
                "VMCS0008",
                "name in letters that C does not have",
                """
                kind: enums
                enums:
                  - { name: ▶Größe◀, size: 8, doc: First., values: [] }
                  - { name: AcmeSecond, size: 8, doc: Second., values: [] }
                """,
                $"'Größe' {NotAName}",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0008",
                "type in small letters alone",
                """
                kind: enums
                enums:
                  - { name: ▶record◀, size: 8, doc: First., values: [] }
                  - { name: AcmeSecond, size: 8, doc: Second., values: [] }
                """,
                "'record' cannot be a name here: C# keeps what has no capital letter and no digit for itself, so begin the name of a type with a capital letter",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0006",
                "errno given twice",
                """
                kind: kvm-ioctls
                ioctls:
                  - { name: KVM_ACME_FIRST, number: 0xC0, direction: none, descriptor: vm, errors: { EINVAL: One., ▶EINVAL◀: Two. } }
                  - { name: KVM_ACME_SECOND, number: 0xC1, direction: none, descriptor: vm, doc: Second. }
                """,
                "The key 'EINVAL' is given twice in this ioctl's errors: remove one",
                "AcmeIoctls.g.cs"
            ),
            new(
                "VMCS0009",
                "namespace called as a type that code uses",
                """
                kind: enums
                namespace: ▶Acme.KvmVm◀
                enums:
                  - { name: AcmeSecond, size: 8, doc: Second., values: [] }
                """,
                "The name 'KvmVm' is already taken by a type that generated code uses: choose another",
                null
            ),
        ];

    private static DiagnosticCase Enum(string id, string rule, string name, string message) =>
        new(
            id,
            rule,
            $$"""
            kind: enums
            enums:
              - { name: {{name}}, size: 8, doc: First., values: [] }
              - { name: AcmeSecond, size: 8, doc: Second., values: [] }
            """,
            message,
            "AcmeSecond.g.cs"
        );

    private static string Field(string name, string encoding) =>
        $$"""
            kind: vmcs-fields
            fields:
              - { name: {{name}}, encoding: {{encoding}}, doc: First. }
              - { name: AcmeSecond, encoding: 0x4072, doc: Second. }
            """;

    private static string Bits(string first, string second) =>
        $$"""
            kind: bitfields
            bitfields:
              - { name: AcmeBits, size: 8, doc: Bits., bits: [{ bit: 0, name: {{first}} }, { bit: 1, name: {{second}} }] }
              - { name: AcmeSecond, size: 8, doc: Bits., bits: [{ bit: 0, name: First }] }
            """;

    private static string Struct(string members) =>
        $$"""
            kind: kvm-structs
            structs:
              - { name: acme_first, size: 8, doc: First., members: [{{members}}] }
              - { name: acme_second, size: 8, doc: Second., members: [{ name: a, type: __u64, doc: A. }] }
            """;
}
