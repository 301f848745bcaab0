using System.Collections.Generic;

namespace VmcsGen.Generators.Tests.Diagnostics;

/// <summary>Encodings of VMCS fields that contradict the architecture, their type, or another field.</summary>
internal static class EncodingCases
{
    public static IEnumerable<DiagnosticCase> All =>
        [
            Field(
                "VMCS0012",
                "reserved bit",
                "encoding: ▶0x5070◀",
                "0x5070 is not a VMCS field encoding: it has bits set that are reserved: only bits 11:0, 13 and 14 may be used"
            ),
            Field(
                "VMCS0012",
                "more than 15 bits",
                "encoding: ▶0x8000◀",
                "0x8000 is not a VMCS field encoding: it has bits set that are reserved: only bits 11:0, 13 and 14 may be used"
            ),
            Field(
                "VMCS0012",
                "high half",
                "encoding: ▶0x2071◀",
                "0x2071 is not a VMCS field encoding: bit 0 selects the high half of a 64-bit field: state the field as 0x2070, its high half is derived"
            ),
            Field(
                "VMCS0013",
                "integer of another width",
                "encoding: 0x4070, type: ▶ulong◀",
                "The encoding 0x4070 of 'AcmeFirst' says 32 bits, but its type ulong has 64 bits: change one, or leave the type out to get uint"
            ),
            Field(
                "VMCS0013",
                "bit-field of another width",
                "encoding: 0x0070, type: ▶PinBasedControls◀",
                "The encoding 0x0070 of 'AcmeFirst' says 16 bits, but its type PinBasedControls has 32 bits: change one, or leave the type out to get ushort"
            ),
            Field(
                "VMCS0013",
                "bit-field for natural width",
                "encoding: 0x6870, type: ▶PinBasedControls◀",
                "The encoding 0x6870 of 'AcmeFirst' says natural width, but its type PinBasedControls has 32 bits: change one, or leave the type out to get nuint"
            ),
            Field(
                "VMCS0014",
                "built-in field",
                "encoding: ▶0x681E◀",
                "The encoding 0x681E of 'AcmeFirst' already belongs to the built-in VMCS field GuestRip"
            ),
            new(
                "VMCS0014",
                "field of the same spec",
                """
                kind: vmcs-fields
                fields:
                  - { name: AcmeFirst, encoding: 0x4070, doc: First. }
                  - { name: AcmeSecond, encoding: ▶16496◀, doc: Second. }
                """,
                "The encoding 0x4070 of 'AcmeSecond' already belongs to the VMCS field AcmeFirst in acme.vmcs.yaml",
                "AcmeVmcsFields.g.cs"
            ),
        ];

    private static DiagnosticCase Field(string id, string rule, string encoding, string message) =>
        new(
            id,
            rule,
            $$"""
            kind: vmcs-fields
            fields:
              - { name: AcmeFirst, {{encoding}}, doc: First. }
              - { name: AcmeSecond, encoding: 0x4072, doc: Second. }
            """,
            message,
            "AcmeVmcsFields.g.cs"
        );
}
