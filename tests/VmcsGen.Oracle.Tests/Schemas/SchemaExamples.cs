using System.Collections.Generic;

namespace VmcsGen.Oracle.Tests.Schemas;

/// <summary>For each kind a document that uses every key there is, so that tests can break each of them.</summary>
internal static class SchemaExamples
{
    public static IReadOnlyDictionary<string, string> ByKind { get; } =
        new Dictionary<string, string>
        {
            ["vmcs-fields"] = """
                kind: vmcs-fields
                source: The manual
                namespace: Acme.Vmx
                visibility: public
                fields:
                  - { name: One, encoding: 0x2E00, type: ulong, linux: ONE, sdm: The one, doc: One., see: Page 1, since: "6.1", exists-when: A }
                  - { name: Two, encoding: 0x2E02, exists-when: [EnableOne, Controls.EnableTwo], check: { zero-bits: [0, 4-5] } }
                  - { name: Three, encoding: 0x2E04, check: { value: canonical, zero-bits: 0-11, when: EnableTwo, see: Page 2 } }
                """,
            ["bitfields"] = """
                kind: bitfields
                source: The manual
                namespace: Acme
                visibility: internal
                bitfields:
                  - name: Controls
                    size: 32
                    linux: CONTROLS
                    sdm: The controls
                    doc: Controls.
                    see: Page 2
                    since: "6.1"
                    capability: Ia32VmxBasic
                    true-capability: Ia32VmxMisc
                    word: Acme
                    activated-by: EnableEpt
                    bits:
                      - { bit: 0, name: Enable, linux: ENABLE, sdm: Enable, doc: On., see: Page 3, since: "6.1" }
                      - { bits: 12-31, name: Address, in-place: true }
                      - { bits: 1-2, name: Mode, enum: Modes }
                  - extends: PinBasedControls
                    bits:
                      - { bit: 30, name: More }
                """,
            ["enums"] = """
                kind: enums
                source: The manual
                namespace: Acme
                visibility: public
                enums:
                  - name: Modes
                    size: 8
                    flags: true
                    texts: true
                    linux: modes
                    sdm: Modes
                    doc: Modes.
                    see: Page 4
                    since: "6.1"
                    values:
                      - { value: 0, name: Off, linux: OFF, sdm: Off, doc: Off., see: Page 5, since: "6.1" }
                """,
            ["layouts"] = """
                kind: layouts
                source: The manual
                namespace: Acme
                visibility: public
                layouts:
                  - name: AcmeVmcs
                    linux: acme_vmcs
                    sdm: Region
                    doc: A page.
                    see: Page 6
                    since: "6.1"
                    size: 4096
                    revision: 0x11E57ED0
                    clean-fields: Clean
                    fields:
                      - { offset: 0, name: Revision, type: uint, linux: hdr, sdm: Revision, doc: Revision., see: Page 7, since: "6.1" }
                      - { offset: 8, field: GuestRip, group: all }
                """,
            ["msrs"] = """
                kind: msrs
                source: The manual
                namespace: Acme
                visibility: public
                msrs:
                  - { name: AcmeMsr, index: 0x48A, sdm: ACME_MSR, linux: MSR_ACME, type: Controls, doc: An MSR., see: Page 8, since: "6.1" }
                  - { name: AcmeFixed, index: 0x48B, read-only: true }
                  - { name: AcmeAddress, index: 0x48C, value: canonical, writable-bits: [3, 12-51] }
                  - { name: AcmeSwitch, index: 0x48D, writable-bits: 0-1 }
                """,
            ["cpuid"] = """
                kind: cpuid
                source: The manual
                namespace: Acme
                visibility: public
                features:
                  - { name: AcmeOne, leaf: 0x400000F0, subleaf: 1, register: ecx, bit: 5, sdm: ONE, linux: one, doc: A feature., see: Page 9, since: "6.1" }
                  - { name: AcmeTwo, leaf: 7, register: edx, bit: 30 }
                """,
            ["kvm-structs"] = """
                kind: kvm-structs
                source: The header
                namespace: Acme
                visibility: public
                architecture: [x86-64, arm64]
                header: linux/kvm.h
                structs:
                  - name: kvm_acme
                    size: 24
                    packed: true
                    align: 4
                    csharp: Acme
                    doc: A struct.
                    see: Page 9
                    since: "6.1"
                    capability: KVM_CAP_ACME
                    obsolete: Use another.
                    members:
                      - { name: nr, type: __u32, enum: Numbers, csharp: Number, doc: N., see: P. 10, since: "6.1", capability: A, obsolete: No. }
                      - { name: low, type: __u8, bits: 3, padding: true, architecture: x86-64 }
                      - { name: ready, type: __u8, bits: 1, flag: true, packed: true }
                      - { type: __u8, bits: 0 }
                      - { name: where, type: "const struct kvm_regs *", packed: true, align: 2 }
                      - name: pairs
                        csharp-type: Pair
                        length: 2
                        struct:
                          - { name: one, type: "struct kvm_regs[2]" }
                      - union:
                          - { name: entries, type: "__u64[]", count: nr, counts: all-bytes }
                  - name: kvm_acme_value
                    size: 8
                    union:
                      - { name: number, type: long long }
                """,
            ["kvm-ioctls"] = """
                kind: kvm-ioctls
                source: The header
                namespace: Acme
                visibility: public
                architecture: [x86-64, arm64]
                header: linux/kvm.h
                type: ";"
                ioctls:
                  - name: KVM_ACME
                    type: 0xAE
                    number: 0xE0
                    direction: read-write
                    request: 0xC018AEE0
                    descriptor: vm
                    argument: struct kvm_acme
                    takes: ref
                    parameter: acme
                    csharp: Acme
                    returns: value
                    method: generated
                    prefer: KvmVm.Check
                    errors: { EINVAL: The number is wrong. }
                    doc: An ioctl.
                    see: Page 11
                    since: "6.1"
                    capability: KVM_CAP_ACME
                    obsolete: No.
                  - { name: KVM_BOTH, number: 0xE1, direction: none, descriptor: [vm, SafeFileHandle], returns: Acme.QueueHandle }
                  - { name: ACME_ONE, number: 0xE2, direction: none, descriptor: Acme.DeviceHandle }
                  - { name: KVM_FORMER, number: 0xE2, direction: none, on: vm }
                """,
            ["kvm-constants"] = """
                kind: kvm-constants
                source: The header
                namespace: Acme
                visibility: public
                architecture: [x86-64, arm64]
                header: linux/kvm.h
                groups:
                  - name: AcmeReason
                    form: enum
                    size: 32
                    signed: false
                    prefix: KVM_ACME_
                    texts: true
                    doc: Reasons.
                    see: Page 12
                    values:
                      - { name: KVM_ACME_TWO, value: 2, overlaps: It is a mask. }
                      - { name: KVM_ACME_PATH, text: /dev/acme }
                      - { name: KVM_ACME_ONE, value: 1, csharp: One, doc: One., see: P. 13, since: "6.1", capability: KVM_CAP_A, obsolete: No. }
                """,
        };
}
