using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Emission;

public class StructEmissionTests
{
    [Fact]
    public void Plain_struct_is_sequential() =>
        Shape.VerifyOwn(
            GeneratorRun.Of(
                new SpecText(
                    "acme.vmcs.yaml",
                    """
                    kind: kvm-structs
                    header: linux/acme.h
                    source: include/uapi/linux/acme.h
                    structs:
                      - name: acme_regs
                        size: 56
                        doc: Registers of the Acme unit.
                        since: "6.1"
                        capability: KVM_CAP_IRQCHIP
                        members:
                          - { name: rax, type: __u64, doc: The register RAX. }
                          - { name: depth, type: __s32, doc: May be negative. }
                          - { name: kind, type: __u16, doc: What it is. }
                          - { name: base, type: __u8, doc: Its name is a keyword in C#. }
                          - { name: letter, type: char, doc: A letter., obsolete: Nobody reads it. }
                          - { name: buffer, type: "void *", doc: An address in this process. }
                          - { name: length, type: unsigned long, doc: Bytes of the buffer. }
                          - { name: delta, type: long, doc: "A difference.", csharp: Difference }
                          - { name: pad, type: "__u32[4]", padding: true }
                    """
                )
            )
        );

    [Fact]
    public void Members_of_anonymous_unions_and_structs_stand_in_the_parent() =>
        Shape.VerifyOwn(
            GeneratorRun.Of(
                new SpecText(
                    "acme.vmcs.yaml",
                    """
                    kind: kvm-structs
                    visibility: public
                    structs:
                      - name: acme_event
                        size: 24
                        doc: An event.
                        members:
                          - { name: type, type: __u8, doc: What happened. }
                          - union:
                              - { name: address, type: __u64, doc: Where it happened. }
                              - struct:
                                  - { name: port, type: __u16, doc: The port. }
                                  - { name: count, type: __u32, doc: How often. }
                          - { name: flags, type: __u32, doc: Flags. }
                    """
                )
            )
        );

    [Fact]
    public void Named_unions_and_structs_are_nested_types() =>
        Shape.VerifyOwn(
            GeneratorRun.Of(
                new SpecText(
                    "acme.vmcs.yaml",
                    """
                    kind: kvm-structs
                    visibility: public
                    structs:
                      - name: acme_exit
                        size: 64
                        doc: Why the guest stopped.
                        members:
                          - { name: reason, type: __u32, doc: The reason. }
                          - name: io
                            doc: A port access.
                            struct:
                              - { name: port, type: __u16, doc: The port. }
                              - { name: size, type: __u8, doc: Bytes of one access. }
                          - name: u
                            doc: What depends on the reason.
                            union:
                              - { name: value, type: __u64, doc: A value. }
                              - name: parts
                                doc: A value in parts.
                                struct:
                                  - { name: low, type: __u32, doc: The low half. }
                                  - { name: high, type: __u32, doc: The high half. }
                          - name: slots
                            doc: Slots.
                            length: 3
                            csharp-type: Slot
                            struct:
                              - { name: start, type: __u64, doc: First byte. }
                              - { name: used, type: __u32, doc: Whether it is used. }
                    """
                )
            )
        );

    [Fact]
    public void Arrays_are_inline_arrays() =>
        Shape.VerifyOwn(
            GeneratorRun.Of(
                new SpecText(
                    "acme.vmcs.yaml",
                    """
                    kind: kvm-structs
                    visibility: public
                    structs:
                      - name: acme_tables
                        size: 144
                        doc: Tables.
                        members:
                          - { name: name, type: "char[8]", doc: A name. }
                          - { name: matrix, type: "__u16[4][6]", doc: Rows of numbers. }
                          - { name: cube, type: "__u8[2][3][4]", doc: Rows of rows. }
                          - { name: entries, type: "struct acme_entry[4]", doc: Entries. }
                      - name: acme_entry
                        size: 16
                        doc: An entry.
                        members:
                          - { name: key, type: __u64, doc: The key. }
                          - { name: value, type: __u32, doc: The value. }
                    """
                )
            )
        );

    [Fact]
    public void C_bit_fields_are_properties_over_their_unit() =>
        Shape.VerifyOwn(
            GeneratorRun.Of(
                new SpecText(
                    "acme.vmcs.yaml",
                    """
                    kind: kvm-structs
                    visibility: public
                    structs:
                      - name: acme_segment
                        size: 16
                        doc: A segment.
                        members:
                          - { name: selector, type: __u16, doc: The selector. }
                          - { name: type, type: __u8, bits: 4, doc: The type. }
                          - { name: present, type: __u8, bits: 1, doc: Whether it is present. }
                          - { name: unused, type: __u8, bits: 3, padding: true }
                          - { name: granularity, type: __u16, bits: 1, doc: Whether the limit counts pages. }
                          - { name: limit, type: __u32, bits: 20, doc: The limit. }
                          - { name: wide, type: __u64, bits: 40, doc: Many bits. }
                      - name: acme_whole
                        size: 16
                        doc: Bit-fields of the whole width, and of units that are not the machine's word.
                        members:
                          - { name: all, type: __u64, bits: 64, doc: All bits. }
                          - { name: low, type: __u16, bits: 3, doc: The low bits. }
                          - { name: high, type: __u16, bits: 13, doc: The high bits. }
                          - { name: last, type: __u32, bits: 5, doc: Five bits. }
                    """
                )
            )
        );

    [Fact]
    public void Flexible_array_makes_a_header_that_counts() =>
        Shape.VerifyOwn(
            GeneratorRun.Of(
                new SpecText(
                    "acme.vmcs.yaml",
                    """
                    kind: kvm-structs
                    visibility: public
                    structs:
                      - name: acme_list
                        size: 8
                        doc: A list.
                        members:
                          - { name: nmsrs, type: __u32, doc: How many entries follow. }
                          - { name: pad, type: __u32, padding: true }
                          - { name: entries, type: "struct acme_item[]", count: nmsrs, doc: The entries. }
                      - name: acme_item
                        size: 16
                        doc: An item.
                        members:
                          - { name: index, type: __u32, doc: Its index. }
                          - { name: data, type: __u64, doc: Its value. }
                      - name: acme_blob
                        size: 4
                        doc: A blob whose length is known from elsewhere.
                        members:
                          - { name: version, type: __u32, doc: The version. }
                          - { name: bytes, type: "__u8[]", doc: The bytes. }
                    """
                )
            )
        );

    [Fact]
    public void Member_of_an_enum_type() =>
        Shape.VerifyOwn(
            GeneratorRun.Of(
                new SpecText(
                    "acme-constants.vmcs.yaml",
                    """
                    kind: kvm-constants
                    visibility: public
                    groups:
                      - name: AcmeMode
                        form: enum
                        prefix: ACME_MODE_
                        doc: A mode.
                        values: [{ name: ACME_MODE_OFF, value: 0, doc: Off. }]
                    """
                ),
                new SpecText(
                    "acme.vmcs.yaml",
                    """
                    kind: kvm-structs
                    visibility: public
                    structs:
                      - name: acme_state
                        size: 24
                        doc: A state.
                        members:
                          - { name: mode, type: __u32, enum: AcmeMode, doc: The mode. }
                          - { name: history, type: "__u32[4]", enum: AcmeMode, doc: Earlier modes. }
                          - { name: next, type: __u32, bits: 4, enum: AcmeMode, doc: The next mode. }
                    """
                )
            )
        );

    [Fact]
    public void Packed_and_aligned_structs_and_unions() =>
        Shape.VerifyOwn(
            GeneratorRun.Of(
                new SpecText(
                    "acme.vmcs.yaml",
                    """
                    kind: kvm-structs
                    visibility: public
                    structs:
                      - name: acme_entry
                        size: 20
                        packed: true
                        doc: An entry of the map of memory.
                        members:
                          - { name: address, type: __u64, doc: Where it begins. }
                          - { name: size, type: __u64, doc: How many bytes it has. }
                          - { name: type, type: __u32, doc: What it is. }
                      - name: acme_page
                        size: 128
                        align: 64
                        doc: A page.
                        members:
                          - { name: count, type: __u8, doc: How many entries there are. }
                          - { name: entries, type: "struct acme_entry[4]", doc: The entries. }
                          - { name: late, type: __u16, align: 32, doc: A member with an alignment of its own. }
                      - name: acme_value
                        size: 16
                        doc: A value in one of several forms.
                        union:
                          - { name: number, type: unsigned long long, doc: A number. }
                          - { name: name, type: const char *, doc: The address of a name. }
                          - { name: wide, type: __u128, doc: A wide number. }
                      - name: acme_bits
                        size: 14
                        packed: true
                        doc: Bit-fields that cross units.
                        members:
                          - { name: low, type: __u8, bits: 3, doc: Three bits. }
                          - { name: wide, type: __u64, bits: 64, doc: Nine bytes are touched. }
                          - { name: delta, type: int, bits: 13, doc: May be negative. }
                          - { name: ready, type: __u32, bits: 1, flag: true, doc: Whether it is ready. }
                          - { type: __u32, bits: 0 }
                          - { name: port, type: __be16, doc: A port. }
                    """
                )
            )
        );

    [Fact]
    public void Flexible_arrays_of_arrays_and_in_unions() =>
        Shape.VerifyOwn(
            GeneratorRun.Of(
                new SpecText(
                    "acme.vmcs.yaml",
                    """
                    kind: kvm-structs
                    visibility: public
                    structs:
                      - name: acme_rows
                        size: 4
                        doc: Rows.
                        members:
                          - { name: bytes, type: __u32, doc: Bytes of all rows. }
                          - { name: rows, type: "__u8[][6]", count: bytes, counts: bytes, doc: The rows. }
                      - name: acme_choice
                        size: 8
                        doc: What follows depends.
                        members:
                          - { name: argsz, type: __u32, doc: Bytes in all. }
                          - { name: flags, type: __u32, doc: What follows. }
                          - union:
                              - { name: words, type: "__u16[]", count: argsz, counts: all-bytes, doc: Words. }
                              - { name: longs, type: "__u64[]", doc: Long words. }
                    """
                )
            )
        );
}
