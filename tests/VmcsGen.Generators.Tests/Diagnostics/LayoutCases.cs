using System.Collections.Generic;

namespace VmcsGen.Generators.Tests.Diagnostics;

/// <summary>Layouts whose members collide or do not fit.</summary>
internal static class LayoutCases
{
    public static IEnumerable<DiagnosticCase> All =>
        [
            Clean(
                "VMCS0024",
                "clean fields that are no bit-field",
                "clean-fields: ▶Second◀",
                "{ offset: 8, name: Second, type: uint }",
                "'Second' cannot say which groups of fields are unchanged, because its type is not a bit-field of 32 bits"
            ),
            Layout(
                "VMCS0018",
                "member inside of another",
                "{ offset: 0, name: First, type: ulong }",
                "{ offset: ▶4◀, name: Second, type: ushort }",
                "'Second' at bytes 4 to 6 overlaps 'First' at bytes 0 to 8 of 'AcmePage' (ends not included)"
            ),
            Layout(
                "VMCS0018",
                "field at the place of another, listed out of order",
                "{ offset: ▶4◀, field: GuestRip }",
                "{ offset: 0, name: Second, type: ulong }",
                "'GuestRip' at bytes 4 to 12 overlaps 'Second' at bytes 0 to 8 of 'AcmePage' (ends not included)"
            ),
            Layout(
                "VMCS0019",
                "member across the end",
                "{ offset: 0, name: First, type: ulong }",
                "{ offset: ▶60◀, field: GuestRip }",
                "'GuestRip' needs 8 bytes at offset 60, but 'AcmePage' has 64 bytes in all"
            ),
            Layout(
                "VMCS0024",
                "type of a member that stores a field",
                "{ offset: 0, name: First, type: ulong }",
                "{ offset: 8, field: GuestRip, type: ▶ulong◀ }",
                "A layout field that stores a VMCS field has that field's type: leave 'type' out"
            ),
            Layout(
                "VMCS0024",
                "name of a member that stores a field",
                "{ offset: 0, name: First, type: ulong }",
                "{ offset: 8, field: GuestRip, name: ▶Rip◀ }",
                "A layout field that stores a VMCS field has that field's name: leave 'name' out"
            ),
            Layout(
                "VMCS0010",
                "group of a layout without clean fields",
                "{ offset: 0, name: First, type: ulong }",
                "{ offset: 8, field: GuestRip, group: ▶First◀ }",
                "There is no bit of the layout's clean fields 'First', neither built in nor in this project's specs."
            ),
            Clean(
                "VMCS0010",
                "member of the clean fields",
                "clean-fields: ▶Flag◀",
                "{ offset: 8, field: GuestRip }",
                "There is no layout member with a 32-bit bit-field as its type 'Flag', neither built in nor in this project's specs. Did you mean 'Flags'?"
            ),
            Clean(
                "VMCS0010",
                "group of the clean fields",
                "clean-fields: Flags",
                "{ offset: 8, field: GuestRip, group: ▶Gest◀ }",
                "There is no bit of the layout's clean fields 'Gest', neither built in nor in this project's specs. Did you mean 'Guest'?"
            ),
            Clean(
                "VMCS0024",
                "group of a member that stores no field",
                "clean-fields: Flags",
                "{ offset: 8, name: Second, type: uint, group: ▶Guest◀ }",
                "A layout field that stores no VMCS field belongs to no group of clean fields: leave 'group' out"
            ),
            Layout(
                "VMCS0007",
                "list for a member's type",
                "{ offset: 0, name: First, type: ulong }",
                "{ offset: 8, name: Second, type: ▶◀[] }",
                "a list cannot be the value of 'type', which is some text."
            ),
        ];

    private static DiagnosticCase Clean(string id, string rule, string clean, string second, string message) =>
        new(
            id,
            rule,
            $$"""
            kind: layouts
            layouts:
              - name: AcmePage
                size: 64
                doc: A page.
                {{clean}}
                fields:
                  - { offset: 0, name: Flags, type: BystanderFlags }
                  - {{second}}
              - { name: AcmeSecond, size: 8, fields: [] }
            """,
            message,
            "AcmeSecond.g.cs"
        );

    private static DiagnosticCase Layout(string id, string rule, string first, string second, string message) =>
        new(
            id,
            rule,
            $$"""
            kind: layouts
            layouts:
              - name: AcmePage
                size: 64
                doc: A page.
                fields:
                  - {{first}}
                  - {{second}}
              - { name: AcmeSecond, size: 8, fields: [] }
            """,
            message,
            "AcmeSecond.g.cs"
        );
}
