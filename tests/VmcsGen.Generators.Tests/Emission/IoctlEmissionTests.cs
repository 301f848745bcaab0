using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Emission;

public class IoctlEmissionTests
{
    private static readonly SpecText Structs = new(
        "acme-structs.vmcs.yaml",
        """
        kind: kvm-structs
        visibility: public
        structs:
          - { name: acme_regs, size: 8, doc: Registers., members: [{ name: rax, type: __u64, doc: RAX. }] }
          - name: acme_list
            size: 8
            doc: A list.
            members:
              - { name: count, type: __u32, doc: How many entries follow. }
              - { name: pad, type: __u32, padding: true }
              - { name: entries, type: "__u64[]", count: count, doc: The entries. }
        """
    );

    private static readonly SpecText Capabilities = new(
        "acme-capabilities.vmcs.yaml",
        """
        kind: kvm-constants
        visibility: public
        groups: [{ name: AcmeCapability, form: enum, prefix: KVM_CAP_, doc: Capabilities., values: [{ name: KVM_CAP_ACME, value: 9999, doc: The unit. }] }]
        """
    );

    private static readonly SpecText Takes = new(
        "acme.vmcs.yaml",
        """
        kind: kvm-ioctls
        visibility: public
        header: linux/acme.h
        source: Documentation/acme.rst
        ioctls:
          - { name: KVM_ACME_RESET, number: 0xC0, direction: none, descriptor: vm, doc: Resets the unit. }
          - name: KVM_ACME_SET_MODE
            number: 0xC1
            direction: none
            argument: unsigned long
            parameter: mode
            descriptor: [vm, vcpu]
            doc: Sets the mode.
            capability: KVM_CAP_ACME
            since: "6.2"
            see: Documentation/acme.rst 4.1
            errors: { EINVAL: There is no such mode., EPERM: The unit is locked. }
          - { name: KVM_ACME_SET_DEPTH, number: 0xC2, direction: none, argument: int, descriptor: vcpu, doc: Sets the depth. }
          - { name: KVM_ACME_SET_REGS, number: 0xC3, direction: write, argument: struct acme_regs, parameter: regs, descriptor: vcpu, doc: Sets registers. }
          - { name: KVM_ACME_GET_REGS, number: 0xC4, direction: read, argument: struct acme_regs, parameter: regs, descriptor: vcpu, doc: Gets registers. }
          - { name: KVM_ACME_SWAP, number: 0xC5, direction: read-write, argument: __u64, parameter: ref, descriptor: vcpu, doc: Swaps a value. }
          - { name: KVM_ACME_SET_LIMIT, number: 0xCA, direction: write, argument: __u64, parameter: limit, descriptor: vcpu, doc: Sets a limit. }
          - { name: KVM_ACME_PEEK, number: 0xC6, direction: write, takes: ref, argument: struct acme_regs, descriptor: device, doc: "Writes back, though its number says otherwise." }
          - { name: KVM_ACME_GET_LIST, number: 0xC7, direction: read-write, argument: struct acme_list, parameter: list, descriptor: system, doc: Gets a list. }
          - { name: KVM_ACME_OLD, number: 0xC8, direction: none, descriptor: vm, csharp: AcmeForget, doc: Forgets., obsolete: Use KVM_ACME_RESET. }
          - { name: KVM_ACME_CREATE, number: 0xC9, direction: none, descriptor: vm, method: handwritten, doc: Has a method of its own. }
          - { name: KVM_ACME_RESET_ALL, number: 0xC0, direction: none, descriptor: system, doc: The same number on another descriptor. }
        """
    );

    private static readonly SpecText Returns = new(
        "acme-returns.vmcs.yaml",
        """
        kind: kvm-ioctls
        visibility: public
        ioctls:
          - { name: KVM_ACME_CHECK, number: 0xD0, direction: none, argument: unsigned long, parameter: capability, descriptor: system, returns: value, doc: Asks. }
          - { name: KVM_ACME_NEW_VM, number: 0xD1, direction: none, descriptor: system, returns: vm, doc: Makes a VM. }
          - { name: KVM_ACME_NEW_VCPU, number: 0xD2, direction: none, argument: unsigned int, parameter: id, descriptor: vm, returns: vcpu, doc: Makes a vCPU. }
          - { name: KVM_ACME_NEW_DEVICE, number: 0xD3, direction: write, argument: struct acme_regs, descriptor: vm, returns: device, doc: Makes a device. }
          - { name: KVM_ACME_OPEN, number: 0xD4, direction: write, argument: struct acme_list, parameter: list, descriptor: vm, returns: descriptor, doc: Opens something. }
          - { name: KVM_ACME_COUNT, number: 0xD5, direction: read, argument: struct acme_regs, parameter: regs, descriptor: vcpu, returns: value, doc: Counts. }
          - { name: KVM_ACME_FILL, number: 0xD6, direction: read-write, argument: struct acme_list, parameter: list, descriptor: vcpu, returns: value, doc: Fills a list. }
        """
    );

    [Fact]
    public void Own_ioctls_take_scalars_by_value() =>
        Shape.VerifyOwn(
            GeneratorRun.Of(
                new SpecText(
                    "acme-scalars.vmcs.yaml",
                    """
                    kind: kvm-ioctls
                    ioctls:
                      - { name: KVM_ACME_A, number: 0xE0, direction: write, argument: __u8, parameter: target, descriptor: vm, doc: A byte. }
                      - { name: KVM_ACME_B, number: 0xE1, direction: write, argument: __s16, parameter: targetDescriptor, descriptor: vm, doc: A short. }
                      - { name: KVM_ACME_C, number: 0xE2, direction: write, argument: __s8, descriptor: vm, doc: A signed byte. }
                      - { name: KVM_ACME_D, number: 0xE3, direction: write, argument: __u16, descriptor: vm, doc: A word. }
                      - { name: KVM_ACME_E, number: 0xE4, direction: write, argument: int, descriptor: vm, doc: An int. }
                      - { name: KVM_ACME_F, number: 0xE5, direction: write, argument: __s64, descriptor: vm, doc: A long. }
                      - { name: KVM_ACME_G, number: 0xE6, direction: write, argument: unsigned long, descriptor: vm, doc: A word of the machine. }
                      - { name: KVM_ACME_H, number: 0xE7, direction: write, argument: long, descriptor: vm, doc: A signed word of the machine. }
                      - { name: KVM_ACME_I, number: 0xE8, direction: write, argument: __u32, descriptor: vm, doc: An unsigned int. }
                    """
                )
            )
        );

    [Fact]
    public void Own_ioctls_by_what_they_take() => Shape.VerifyOwn(GeneratorRun.Of(Structs, Capabilities, Takes));

    [Fact]
    public void Own_ioctls_by_what_they_return() => Shape.VerifyOwn(GeneratorRun.Of(Structs, Returns));

    [Fact]
    public void Built_in_ioctls_complete_the_classes_of_the_runtime() =>
        Shape.VerifyRuntime(GeneratorRun.Of("runtime", Structs, Capabilities, Takes, Returns));
}
