using System.Collections.Generic;

namespace VmcsGen.Generators.Tests.Diagnostics;

/// <summary>Ioctls that cannot be called as stated.</summary>
internal static class IoctlCases
{
    public static IEnumerable<DiagnosticCase> All =>
        [
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
                "'KVM_ACME_FIRST': a struct cannot be passed by value: state with 'takes' whether the kernel reads it (in), fills it in (out), or both (ref)"
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
