using System.Collections.Generic;

namespace VmcsGen.Generators.Tests.Diagnostics;

/// <summary>References to items that do not exist, or to several.</summary>
internal static class ReferenceCases
{
    public static IEnumerable<DiagnosticCase> All =>
        [
            Field(
                "type of a VMCS field",
                "type: ▶VmExitReasons◀",
                "There is no type 'VmExitReasons', neither built in nor in this project's specs. Did you mean 'KvmExitReason'?"
            ),
            Field("type like no other", "type: ▶Wonderful◀", "There is no type 'Wonderful', neither built in nor in this project's specs."),
            Field(
                "control bit",
                "exists-when: ▶EnableEptt◀",
                "There is no control bit 'EnableEptt', neither built in nor in this project's specs. Did you mean 'EnableEpt'?"
            ),
            Field(
                "control bit of a named control word",
                "exists-when: [▶SecondaryProcessorBasedControls.EnableEptt◀]",
                "There is no control bit 'SecondaryProcessorBasedControls.EnableEptt', neither built in nor in this project's specs. Did you mean 'SecondaryProcessorBasedControls.EnableEpt'?"
            ),
            Field(
                "control word of a control bit",
                "exists-when: ▶SecondaryProcessorBasedControl.EnableEpt◀",
                "There is no control bit 'SecondaryProcessorBasedControl.EnableEpt', neither built in nor in this project's specs. Did you mean 'SecondaryProcessorBasedControls.EnableEpt'?"
            ),
            BitField(
                "enum of a part",
                "size: 8, doc: Bits., bits: [{ bits: 0-3, name: First, enum: ▶Bystandr◀ }]",
                "There is no enum 'Bystandr', neither built in nor in this project's specs. Did you mean 'Bystander'?"
            ),
            BitField(
                "capability MSR",
                "size: 32, doc: Bits., capability: ▶Ia32VmxPinbasedCtl◀, bits: [{ bit: 0, name: First }]",
                "There is no MSR 'Ia32VmxPinbasedCtl', neither built in nor in this project's specs. Did you mean 'Ia32VmxPinbasedCtls'?"
            ),
            new(
                "VMCS0010",
                "bit-field that is extended",
                """
                kind: bitfields
                bitfields:
                  - { extends: ▶PinBasedControl◀, bits: [{ bit: 20, name: First }] }
                  - { name: AcmeSecond, size: 8, doc: Second., bits: [] }
                """,
                "There is no bit-field 'PinBasedControl', neither built in nor in this project's specs. Did you mean 'PinBasedControls'?",
                "AcmeSecond.g.cs"
            ),
            Layout(
                "field of a layout",
                "field: ▶GuestRipp◀",
                "There is no VMCS field 'GuestRipp', neither built in nor in this project's specs. Did you mean 'GuestRip'?"
            ),
            Layout(
                "type of a layout's member",
                "name: First, type: ▶int◀, doc: First.",
                "There is no type 'int', neither built in nor in this project's specs. Did you mean 'uint'?"
            ),
            new(
                "VMCS0010",
                "type of an MSR",
                """
                kind: msrs
                msrs:
                  - { name: Ia32AcmeFirst, index: 0x700, type: ▶PinBasedControls◀, doc: First. }
                  - { name: Ia32AcmeSecond, index: 0x701, doc: Second. }
                """,
                "There is no 64-bit bit-field 'PinBasedControls', neither built in nor in this project's specs.",
                "AcmeMsrs.g.cs"
            ),
            Struct(
                "struct of a member",
                "type: ▶struct kvm_reg◀",
                "There is no struct 'kvm_reg', neither built in nor in this project's specs. Did you mean 'kvm_regs'?"
            ),
            Struct(
                "enum of a member",
                "type: __u32, enum: ▶KvmExitReasons◀",
                "There is no enum 'KvmExitReasons', neither built in nor in this project's specs. Did you mean 'KvmExitReason'?"
            ),
            Struct(
                "member that counts",
                "type: \"__u32[]\", count: ▶number◀",
                "There is no member beside it called 'number', neither built in nor in this project's specs."
            ),
            new(
                "VMCS0010",
                "struct of an ioctl",
                """
                kind: kvm-ioctls
                ioctls:
                  - { name: KVM_ACME_FIRST, number: 0xC0, direction: read, argument: ▶struct kvm_regz◀, descriptor: vm, doc: First. }
                  - { name: KVM_ACME_SECOND, number: 0xC1, direction: none, descriptor: vm, doc: Second. }
                """,
                "There is no struct 'kvm_regz', neither built in nor in this project's specs. Did you mean 'kvm_regs'?",
                "AcmeIoctls.g.cs"
            ),
            Field(
                "control bit that several words have",
                "exists-when: ▶LoadIa32Efer◀",
                "Several control words have a bit 'LoadIa32Efer': write one of PrimaryVmExitControls.LoadIa32Efer, VmEntryControls.LoadIa32Efer",
                "VMCS0011"
            ),
        ];

    private static DiagnosticCase Field(string rule, string reference, string message, string id = "VMCS0010") =>
        new(
            id,
            rule,
            $$"""
            kind: vmcs-fields
            fields:
              - { name: AcmeFirst, encoding: 0x4070, {{reference}}, doc: First. }
              - { name: AcmeSecond, encoding: 0x4072, doc: Second. }
            """,
            message,
            "AcmeVmcsFields.g.cs"
        );

    private static DiagnosticCase BitField(string rule, string rest, string message) =>
        new(
            "VMCS0010",
            rule,
            $$"""
            kind: bitfields
            bitfields:
              - { name: AcmeFirst, {{rest}} }
              - { name: AcmeSecond, size: 8, doc: Second., bits: [] }
            """,
            message,
            "AcmeSecond.g.cs"
        );

    private static DiagnosticCase Layout(string rule, string reference, string message) =>
        new(
            "VMCS0010",
            rule,
            $$"""
            kind: layouts
            layouts:
              - name: AcmePage
                size: 64
                doc: A page.
                fields:
                  - { offset: 0, {{reference}} }
                  - { offset: 8, field: GuestRip }
              - { name: AcmeSecond, size: 8, fields: [] }
            """,
            message,
            "AcmeSecond.g.cs"
        );

    private static DiagnosticCase Struct(string rule, string reference, string message) =>
        new(
            "VMCS0010",
            rule,
            $$"""
            kind: kvm-structs
            structs:
              - { name: acme_first, size: 4, doc: First., members: [{ name: a, {{reference}}, doc: A. }] }
              - { name: acme_second, size: 8, doc: Second., members: [{ name: a, type: __u64, doc: A. }] }
            """,
            message,
            "AcmeSecond.g.cs"
        );
}
