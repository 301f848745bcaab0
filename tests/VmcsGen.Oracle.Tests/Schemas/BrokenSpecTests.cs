using VmcsGen.Oracle.Tests.Support;
using Xunit;

namespace VmcsGen.Oracle.Tests.Schemas;

/// <summary>Mistakes that people make, which the schemas must point out while they type.</summary>
public sealed class BrokenSpecTests
{
    [Theory]
    [InlineData("the kind of another schema", "vmcs-fields", "{ kind: enums, fields: [] }")]
    [InlineData("no kind", "enums", "enums: []")]
    [InlineData("no list", "enums", "kind: enums")]
    [InlineData("a list of another kind", "enums", "{ kind: enums, enums: [], fields: [] }")]
    [InlineData("a list that is none", "msrs", "{ kind: msrs, msrs: { name: Acme, index: 1 } }")]
    [InlineData("a visibility that there is not", "msrs", "{ kind: msrs, visibility: private, msrs: [] }")]
    [InlineData("a namespace with a blank", "msrs", "{ kind: msrs, namespace: Acme Vmx, msrs: [] }")]
    [InlineData("a layout without a size", "layouts", "{ kind: layouts, layouts: [{ name: A, fields: [] }] }")]
    public void A_broken_spec_is_rejected(string mistake, string kind, string yaml) =>
        Assert.True(SpecSchemas.Validate(kind, YamlAsJson.Convert(yaml)).Count > 0, $"The schema for {kind} takes {mistake}: {yaml}");

    [Theory]
    [InlineData("a misspelt key", "vmcs-fields", "[{ name: A, encoding: 0x2E00, exist-when: B }]")]
    [InlineData("a field without an encoding", "vmcs-fields", "[{ name: A }]")]
    [InlineData("a quoted encoding", "vmcs-fields", "[{ name: A, encoding: '0x2E00' }]")]
    [InlineData("a negative encoding", "vmcs-fields", "[{ name: A, encoding: -1 }]")]
    [InlineData("an encoding of 33 bits", "vmcs-fields", "[{ name: A, encoding: 0x100000000 }]")]
    [InlineData("a name with a blank", "vmcs-fields", "[{ name: A B, encoding: 0x2E00 }]")]
    [InlineData("no condition among conditions", "vmcs-fields", "[{ name: A, encoding: 0x2E00, exists-when: [] }]")]
    [InlineData("a check of nothing", "vmcs-fields", "[{ name: A, encoding: 0x2E00, check: { when: B } }]")]
    [InlineData("a check of a form that there is not", "vmcs-fields", "[{ name: A, encoding: 0x2E00, check: { value: odd } }]")]
    [InlineData("a check of no bits", "vmcs-fields", "[{ name: A, encoding: 0x2E00, check: { zero-bits: [] } }]")]
    [InlineData("a size that there is not", "bitfields", "[{ name: A, size: 24, bits: [] }]")]
    [InlineData("a bit-field without bits", "bitfields", "[{ name: A, size: 32 }]")]
    [InlineData("a bit-field without a size", "bitfields", "[{ name: A, bits: [] }]")]
    [InlineData("a new bit-field that extends another", "bitfields", "[{ name: A, size: 32, extends: B, bits: [] }]")]
    [InlineData("a size for an extension", "bitfields", "[{ extends: B, size: 32, bits: [] }]")]
    [InlineData("a part without a place", "bitfields", "[{ name: A, size: 32, bits: [{ name: B }] }]")]
    [InlineData("a part with two places", "bitfields", "[{ name: A, size: 32, bits: [{ name: B, bit: 1, bits: 1-2 }] }]")]
    [InlineData("bits without a range", "bitfields", "[{ name: A, size: 32, bits: [{ name: B, bits: 1 }] }]")]
    [InlineData("a bit beyond 63", "bitfields", "[{ name: A, size: 64, bits: [{ name: B, bit: 64 }] }]")]
    [InlineData("an enum's value without a number", "enums", "[{ name: A, size: 8, values: [{ name: B }] }]")]
    [InlineData("a number as a name", "enums", "[{ name: A, size: 8, values: [{ name: 1, value: 1 }] }]")]
    [InlineData(
        "a stored field with a name of its own",
        "layouts",
        "[{ name: A, size: 8, fields: [{ offset: 0, field: B, name: C, type: uint }] }]"
    )]
    [InlineData("a member without a type", "layouts", "[{ name: A, size: 8, fields: [{ offset: 0, name: B }] }]")]
    [InlineData("a member without an offset", "layouts", "[{ name: A, size: 8, fields: [{ field: GuestRip }] }]")]
    [InlineData("an MSR without an index", "msrs", "[{ name: A }]")]
    [InlineData("a demand on an MSR's value that there is not", "msrs", "[{ name: A, index: 1, value: nonzero }]")]
    [InlineData("no writable bits", "msrs", "[{ name: A, index: 1, writable-bits: [] }]")]
    [InlineData("a feature without a register", "cpuid", "[{ name: A, leaf: 1, bit: 3 }]")]
    [InlineData("a leaf beyond those of its range", "cpuid", "[{ name: A, leaf: 0x100, register: eax, bit: 3 }]")]
    [InlineData("a bit beyond those of a register", "cpuid", "[{ name: A, leaf: 1, register: eax, bit: 32 }]")]
    [InlineData("a struct without a size", "kvm-structs", "[{ name: a, members: [] }]")]
    [InlineData("a C# type in a struct", "kvm-structs", "[{ name: a, size: 8, members: [{ name: b, type: ulong }] }]")]
    [InlineData("a type and members", "kvm-structs", "[{ name: a, size: 8, members: [{ name: b, type: __u64, struct: [] }] }]")]
    [InlineData("a member that is a struct and a union", "kvm-structs", "[{ name: a, size: 8, members: [{ struct: [], union: [] }] }]")]
    [InlineData("a misspelt key deep inside", "kvm-structs", "[{ name: a, size: 8, members: [{ struct: [{ name: b, tpye: __u64 }] }] }]")]
    [InlineData("an ioctl without a descriptor", "kvm-ioctls", "[{ name: A, number: 1, direction: none }]")]
    [InlineData("an ioctl on no descriptor", "kvm-ioctls", "[{ name: A, number: 1, direction: none, descriptor: [] }]")]
    [InlineData("a descriptor that there is not", "kvm-ioctls", "[{ name: A, number: 1, direction: none, descriptor: [vm, cpu] }]")]
    [InlineData("a number beyond a byte", "kvm-ioctls", "[{ name: A, number: 256, direction: none, descriptor: vm }]")]
    [InlineData("a direction that there is not", "kvm-ioctls", "[{ name: A, number: 1, direction: inout, descriptor: vm }]")]
    [InlineData(
        "an errno in lower case",
        "kvm-ioctls",
        "[{ name: A, number: 1, direction: none, descriptor: vm, errors: { einval: Wrong. } }]"
    )]
    [InlineData("a form that there is not", "kvm-constants", "[{ name: A, form: list, values: [] }]")]
    [InlineData("a constant without a value", "kvm-constants", "[{ name: A, form: enum, values: [{ name: KVM_B }] }]")]
    [InlineData("an unquoted version", "kvm-constants", "[{ name: A, form: enum, values: [{ name: KVM_B, value: 1, since: 6.1 }] }]")]
    public void A_spec_with_a_broken_item_is_rejected(string mistake, string kind, string items) =>
        A_broken_spec_is_rejected(mistake, kind, WithItems(kind, items));

    // The mistakes stand in items like these, which must not be rejected for something else.
    [Theory]
    [InlineData("vmcs-fields", "[{ name: A, encoding: 0x2E00 }]")]
    [InlineData("bitfields", "[{ name: A, size: 32, bits: [{ name: B, bit: 1 }] }, { extends: B, bits: [] }]")]
    [InlineData("enums", "[{ name: A, size: 8, values: [{ name: B, value: 1 }] }]")]
    [InlineData("layouts", "[{ name: A, size: 8, fields: [{ offset: 0, field: GuestRip }, { offset: 0, name: B, type: uint }] }]")]
    [InlineData("msrs", "[{ name: A, index: 1 }]")]
    [InlineData("cpuid", "[{ name: A, leaf: 1, register: eax, bit: 3 }]")]
    [InlineData("kvm-structs", "[{ name: a, size: 8, members: [{ name: s, struct: [{ name: b, type: __u64 }] }] }]")]
    [InlineData("kvm-ioctls", "[{ name: A, number: 1, direction: none, descriptor: [vm, vcpu], errors: { EINVAL: Wrong. } }]")]
    [InlineData("kvm-constants", "[{ name: A, form: enum, values: [{ name: KVM_B, value: 1, since: '6.1' }] }]")]
    public void A_spec_with_nothing_but_what_is_required_is_valid(string kind, string items) =>
        Listing.AssertEmpty(SpecSchemas.Validate(kind, YamlAsJson.Convert(WithItems(kind, items))), items);

    // The list mostly has the last word of its kind as its key.
    private static string WithItems(string kind, string items)
    {
        var list = kind switch
        {
            "kvm-constants" => "groups",
            "cpuid" => "features",
            _ => kind[(kind.IndexOf('-') + 1)..],
        };
        return $"{{ kind: {kind}, {list}: {items} }}";
    }
}
