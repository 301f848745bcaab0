using System.Collections.Generic;
using VmcsGen.Testing;

namespace VmcsGen.Generators.Tests.Properties;

/// <summary>A valid spec of each kind, with every key that the kind has: what the mutations start from.</summary>
internal static class SpecSamples
{
    public static IReadOnlyList<SpecText> All { get; } =
    [
        new(
            "fields.yaml",
            """
            kind: vmcs-fields
            source: Acme manual
            namespace: Acme.Vmx
            fields:
              # A comment.
              - { name: AcmeIndex, encoding: 0x0070, type: ushort, linux: ACME_INDEX, sdm: Acme index, doc: An index., see: Acme 1.1, since: "6.1" }
              - name: AcmeCtls
                encoding: 0x4070
                type: AcmeControls
                doc: >
                  Controls
                  of the unit.
                exists-when: [EnableAcme, AcmeControls.Second]
                check: { value: nonzero, zero-bits: [3, 8-15], when: EnableAcme, see: Acme 1.2 }
            """
        ),
        new(
            "bits.yaml",
            """
            kind: bitfields
            bitfields:
              - name: AcmeControls
                size: 32
                linux: acme_ctls
                doc: Controls.
                capability: Ia32AcmeCtls
                true-capability: Ia32AcmeCtls
                word: Acme
                activated-by: PrimaryProcessorBasedControls.ActivateSecondaryControls
                bits:
                  - { bit: 0, name: EnableAcme, doc: 'Whether it runs.' }
                  - { bit: 1, name: Second, linux: ACME_SECOND, sdm: second, doc: The second. }
                  - { bits: 4-7, name: Mode, enum: AcmeMode, doc: The mode. }
                  - { bits: 12-31, name: Page, in-place: true, doc: A page. }
              - { extends: PinBasedControls, bits: [{ bit: 30, name: AcmePin, doc: A pin. }] }
            """
        ),
        new(
            "enums.yaml",
            """
            kind: enums
            enums:
              - name: AcmeMode
                size: 8
                flags: false
                doc: Modes.
                values: [{ value: 0, name: Off, doc: Off. }, { value: 0x0F, name: On, linux: ACME_ON, sdm: on }]
            """
        ),
        new(
            "layouts.yaml",
            """
            kind: layouts
            layouts:
              - name: AcmePage
                linux: acme_page
                size: 4096
                revision: 0x12345678
                doc: A page.
                fields:
                  - { offset: 0, name: Mark, type: uint, linux: mark, doc: A mark. }
                  - { offset: 8, field: AcmeIndex, linux: index, since: "6.2" }
                  - { offset: 16, field: GuestRip }
            """
        ),
        new(
            "msrs.yaml",
            "kind: msrs\nmsrs:\n  - { name: Ia32AcmeCtls, index: 0x700, sdm: IA32_ACME_CTLS, linux: MSR_IA32_ACME_CTLS, type: VmxBasic, doc: Settings., read-only: true }\n  - { name: Ia32AcmePointer, index: 0x701, value: canonical, writable-bits: [0, 3-63] }\n"
        ),
        new(
            "cpuid.yaml",
            "kind: cpuid\nfeatures:\n  - { name: AcmeFeature, leaf: 0x400000F0, subleaf: 2, register: ecx, bit: 7, sdm: ACME, linux: acme, doc: A feature. }\n"
        ),
        new(
            "structs.yaml",
            """
            kind: kvm-structs
            header: linux/acme.h
            structs:
              - name: acme_state
                size: 56
                doc: A state.
                capability: KVM_CAP_ACME
                members:
                  - { name: count, type: __u32, doc: How many. }
                  - { name: low, type: __u32, bits: 4, doc: Four bits. }
                  - { name: mode, type: __u32, bits: 4, enum: AcmeReason, doc: Four more. }
                  - { name: regs, type: struct acme_regs, doc: Registers. }
                  - union:
                      - { name: address, type: __u64, csharp: Where, doc: An address. }
                      - struct: [{ name: port, type: __u16 }, { name: pad, type: "__u8[6]", padding: true }]
                  - { name: slots, length: 2, csharp-type: Slot, struct: [{ name: start, type: "unsigned long" }, { name: next, type: "void *" }] }
                  - { name: entries, type: "struct acme_regs[]", count: count, doc: Entries. }
              - { name: acme_regs, size: 8, csharp: AcmeRegisters, members: [{ name: rax, type: __u64 }] }
              - name: acme_packed
                size: 28
                packed: true
                align: 4
                members:
                  - { name: kind, type: __u8 }
                  - { name: address, type: __be64, align: 2 }
                  - { type: __u16, bits: 3 }
                  - { name: delta, type: int, bits: 11 }
                  - { name: ready, type: __u32, bits: 1, flag: true }
                  - { type: __u32, bits: 0 }
                  - { name: name, type: "char[ACME_NAME + 1]", packed: true }
                  - { name: next, type: union acme_value }
                  - { name: rows, type: "__u16[][2]", count: delta, counts: bytes }
              - { name: acme_value, size: 8, union: [{ name: number, type: long long unsigned }, { name: state, type: "const struct acme_state *" }] }
            """
        ),
        new(
            "ioctls.yaml",
            """
            kind: kvm-ioctls
            ioctls:
              - { name: KVM_ACME_GET, number: 0xC0, direction: read, descriptor: [vm, vcpu], argument: struct acme_regs, parameter: regs, doc: Gets., capability: KVM_CAP_ACME }
              - { name: KVM_ACME_LIST, number: 0xC1, direction: write, takes: ref, descriptor: system, argument: struct acme_state, returns: value, errors: { E2BIG: Too small. } }
              - { name: KVM_ACME_NEW, number: 0xC2, direction: none, descriptor: device, argument: int, takes: value, returns: descriptor, method: generated, csharp: MakeAcme, obsolete: Do not. }
              - { name: ACME_OPEN, type: ";", number: 1, request: 0x40043B01, direction: write, descriptor: SafeFileHandle, argument: int, returns: SafeFileHandle }
            """
        ),
        new(
            "device.yaml",
            """
            kind: kvm-ioctls
            type: 0xB8
            ioctls:
              - { name: ACME_PUT, number: 2, direction: write, descriptor: [SafeFileHandle, vm], argument: union acme_value, parameter: given, doc: Puts., errors: { EBUSY: It runs. } }
              - { name: ACME_FILL, number: 3, direction: read-write, descriptor: SafeFileHandle, argument: struct acme_packed, returns: value }
              - { name: ACME_SEEK, number: 4, direction: none, descriptor: SafeFileHandle, argument: "void *" }
            """
        ),
        new(
            "constants.yaml",
            """
            kind: kvm-constants
            groups:
              - { name: AcmeReason, form: enum, size: 32, signed: false, prefix: ACME_, doc: Reasons., values: [{ name: ACME_IO, value: 1, doc: A port. }, { name: ACME_2, value: 2, csharp: Two }] }
              - { name: AcmeLimits, form: constants, size: 64, signed: true, values: [{ name: ACME_MAX, value: 0xFFFFFFFFFFFFFFFF }, { name: ACME_NAME, value: (1 << 2) | ACME_2 }, { name: ACME_PATH, text: /dev/acme }] }
              - { name: AcmeFlags, form: flags, values: [{ name: ACME_F0, value: 1 << 0 }, { name: ACME_F1, value: 1 << 1, }, { name: ACME_ALL, value: ACME_F0 | ACME_F1 }, { name: ACME_MASK, value: ~0, overlaps: All bits that there may be. }] }
              - { name: AcmeCapability, form: enum, prefix: KVM_CAP_, values: [{ name: KVM_CAP_ACME, value: KVM_CAP_IRQCHIP + 1000 }] }
            """
        ),
    ];
}
