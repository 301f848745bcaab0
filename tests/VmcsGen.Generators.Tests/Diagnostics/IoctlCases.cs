using System.Collections.Generic;
using Microsoft.CodeAnalysis;

namespace VmcsGen.Generators.Tests.Diagnostics;

/// <summary>Ioctls that cannot be called as stated.</summary>
internal static class IoctlCases
{
    public static IEnumerable<DiagnosticCase> All =>
        [
            Ioctl(
                "VMCS0010",
                "errno that there is not",
                "{ direction: none, errors: { EBADR: Bad., ▶EINVALL◀: Wrong. }",
                "There is no errno 'EINVALL', neither built in nor in this project's specs. Did you mean 'EINVAL'?"
            ),
            Ioctl(
                "VMCS0023",
                "direction without an argument",
                "▶◀{ direction: read",
                "'KVM_ACME_FIRST': its direction or 'takes' says that it has an argument, but 'argument' is missing"
            ),
            Ioctl(
                "VMCS0023",
                "taking a value without an argument",
                "▶◀{ direction: none, takes: value",
                "'KVM_ACME_FIRST': its direction or 'takes' says that it has an argument, but 'argument' is missing"
            ),
            Ioctl(
                "VMCS0023",
                "struct by value",
                "{ direction: none, argument: ▶struct kvm_regs◀",
                "'KVM_ACME_FIRST': only an integer can be passed by value: state with 'takes' whether the kernel reads it (in), fills it in (out), or both (ref)"
            ),
            Ioctl(
                "VMCS0023",
                "request number of another direction",
                "{ direction: read, argument: __u32, request: ▶0x4004AEC0◀",
                "'KVM_ACME_FIRST': the request number 0x4004AEC0 says direction write instead of read: "
                    + "direction, type, number and argument as stated make 0x8004AEC0"
            ),
            Ioctl(
                "VMCS0023",
                "request number of another type, number and argument",
                "{ direction: write, type: 'A', argument: __u32, request: ▶0x401042C1◀",
                "'KVM_ACME_FIRST': the request number 0x401042C1 says type 0x42 instead of 0x41, number 0xC1 instead of 0xC0, "
                    + "an argument of 16 bytes instead of 4: direction, type, number and argument as stated make 0x400441C0"
            ),
            Ioctl(
                "VMCS0023",
                "plain request number of an ioctl that reads",
                "{ direction: read, argument: __u32, request: ▶0xAEC0◀",
                "'KVM_ACME_FIRST': the request number 0x0000AEC0 says direction none instead of read, an argument of 0 bytes instead of 4: "
                    + "direction, type, number and argument as stated make 0x8004AEC0; "
                    + "a plain number tells neither direction nor size: state 'direction: none', and with 'takes' how the argument passes"
            ),
            Ioctl(
                "VMCS0007",
                "request number of more than 32 bits",
                "{ direction: none, request: ▶0x10000AEC0◀",
                "'0x10000AEC0' cannot be the value of 'request', which is a number from 0 to 4294967295, decimal or hexadecimal with 0x."
            ),
            Ioctl(
                "VMCS0007",
                "type of two characters",
                "{ direction: none, type: ▶AB◀",
                "'AB' cannot be the value of 'type', which is a number from 0 to 255, or one character in quotation marks."
            ),
            Ioctl(
                "VMCS0007",
                "type beyond a byte",
                "{ direction: none, type: ▶0x100◀",
                "'0x100' cannot be the value of 'type', which is a number from 0 to 255, or one character in quotation marks."
            ),
            Ioctl(
                "VMCS0021",
                "argument of an unknown type",
                "{ direction: write, argument: ▶_u64◀",
                "'_u64' is not a C type that specs know. Did you mean '__u64'?"
            ),
            Ioctl(
                "VMCS0007",
                "something preferred that is not a type or member",
                "{ direction: none, prefer: ▶\"a <b>\"◀",
                "'a <b>' cannot be the value of 'prefer', which is a type or member as in C# documentation, such as Type.Member or Type.Member(Type)."
            ),
            Ioctl(
                "VMCS0021",
                "argument that is an array",
                "{ direction: write, argument: ▶\"__u64[2]\"◀",
                "'__u64[2]' is not a C type that specs know."
            ),
            new(
                "VMCS0042",
                "two ioctls of one number",
                """
                kind: kvm-ioctls
                ioctls:
                  - { name: KVM_ACME_FIRST, number: 0xC0, direction: none, descriptor: [vm, vcpu], doc: First. }
                  - { name: KVM_ACME_SECOND, number: ▶0xC0◀, direction: none, descriptor: vcpu, doc: Second. }
                """,
                "'KVM_ACME_SECOND' has the request number 0x0000AEC0, as 'KVM_ACME_FIRST' has for the same descriptor: the kernel cannot tell them apart",
                "AcmeIoctls.g.cs",
                DiagnosticSeverity.Warning
            ),
            new(
                "VMCS0042",
                "number of a built-in ioctl",
                """
                kind: kvm-ioctls
                ioctls:
                  - { name: KVM_ACME_RUN, number: ▶0x80◀, direction: none, descriptor: vcpu, doc: Runs. }
                """,
                "'KVM_ACME_RUN' has the request number 0x0000AE80, as 'KVM_RUN' has for the same descriptor: the kernel cannot tell them apart",
                "AcmeIoctls.g.cs",
                DiagnosticSeverity.Warning
            ),
        ];

    private static DiagnosticCase Ioctl(string id, string rule, string ioctl, string message) =>
        new(
            id,
            rule,
            $$"""
            kind: kvm-ioctls
            ioctls:
              - {{ioctl}}, name: KVM_ACME_FIRST, number: 0xC0, descriptor: vm, doc: First. }
              - { name: KVM_ACME_SECOND, number: 0xC1, direction: none, descriptor: vm, doc: Second. }
            """,
            message,
            "AcmeIoctls.g.cs"
        );
}
