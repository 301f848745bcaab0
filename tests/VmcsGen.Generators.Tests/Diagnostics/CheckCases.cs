using System.Collections.Generic;

namespace VmcsGen.Generators.Tests.Diagnostics;

/// <summary>Mistakes in what VM entry demands of a field.</summary>
internal static class CheckCases
{
    public static IEnumerable<DiagnosticCase> All =>
        [
            Field(
                "VMCS0007",
                "form of a value that there is not",
                "0x2070",
                "{ value: ▶canonicle◀ }",
                "'canonicle' cannot be the value of 'value', which is one of physical-address, canonical, nonzero, memory-types. Did you mean 'canonical'?"
            ),
            Field(
                "VMCS0024",
                "range that is none",
                "0x2070",
                "{ zero-bits: ▶5-4◀ }",
                "'5-4' is not a range: it is written lo-hi, the lower bit first"
            ),
            Field(
                "VMCS0007",
                "bit beyond 63",
                "0x2070",
                "{ zero-bits: [0, ▶64◀] }",
                "'64' cannot be the value of 'zero-bits', which is a bit or a range lo-hi, the lower bit first, within 0-63."
            ),
            Field(
                "VMCS0024",
                "check without a demand",
                "0x2070",
                "▶◀{ see: Acme }",
                "A check says what is demanded of the field: state 'value' or 'zero-bits'"
            ),
            Field(
                "VMCS0024",
                "bits that the field does not have",
                "0x0070",
                "{ zero-bits: [3, ▶8-16◀] }",
                "The field AcmeFirst has 16 bits by its encoding, fewer than 'zero-bits' names"
            ),
            Field(
                "VMCS0024",
                "address in a field of 32 bits",
                "0x4070",
                "▶◀{ value: canonical }",
                "The field AcmeFirst has 32 bits by its encoding, and only one of 64 bits can be an address or hold 8 memory types"
            ),
            Field(
                "VMCS0010",
                "control under which a check applies",
                "0x2070",
                "{ value: nonzero, when: ▶UseMsrBitmap◀ }",
                "There is no control bit 'UseMsrBitmap', neither built in nor in this project's specs. Did you mean 'UseMsrBitmaps'?"
            ),
            Field(
                "VMCS0024",
                "control that no field holds",
                "0x2070",
                "{ value: nonzero, when: ▶BystanderFlags.Host◀ }",
                "The check applies under BystanderFlags.Host, but no VMCS field has the type BystanderFlags: add that field or name another control"
            ),
        ];

    private static DiagnosticCase Field(string id, string rule, string encoding, string check, string message) =>
        new(
            id,
            rule,
            $$"""
            kind: vmcs-fields
            fields:
              - { name: AcmeFirst, encoding: {{encoding}}, doc: First., check: {{check}} }
              - { name: AcmeSecond, encoding: 0x4072, doc: Second. }
            """,
            message,
            "AcmeVmcsFields.g.cs"
        );
}
