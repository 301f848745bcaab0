using System.Collections.Generic;

namespace VmcsGen.Generators.Tests.Diagnostics;

/// <summary>Bits and values that do not fit or collide.</summary>
internal static class BitCases
{
    public static IEnumerable<DiagnosticCase> All =>
        [
            Bits("VMCS0015", "bit outside of its bit-field", "{ bit: ▶8◀, name: First }", "'First' does not fit into 8 bits"),
            Bits(
                "VMCS0015",
                "range that ends outside of its bit-field",
                "{ bits: ▶4-8◀, name: First }",
                "'First' does not fit into 8 bits"
            ),
            Bits(
                "VMCS0016",
                "bit in a range",
                "{ bits: 0-3, name: First }, { bit: ▶3◀, name: Second }",
                "'Second' overlaps 'First' in 'AcmeBits'"
            ),
            Bits(
                "VMCS0016",
                "range around a bit",
                "{ bit: 2, name: First }, { bits: ▶1-4◀, name: Second }",
                "'Second' overlaps 'First' in 'AcmeBits'"
            ),
            Bits(
                "VMCS0024",
                "part with both a bit and a range",
                "{ bit: 0, bits: ▶1-2◀, name: First }",
                "A part has either a 'bit' or a range of 'bits': leave one out"
            ),
            new(
                "VMCS0016",
                "bit that a built-in bit-field has",
                """
                kind: bitfields
                bitfields:
                  - { extends: PinBasedControls, bits: [{ bit: ▶0◀, name: First }] }
                  - { name: AcmeSecond, size: 8, doc: Second., bits: [] }
                """,
                "'First' overlaps 'ExternalInterruptExiting' in 'PinBasedControls'",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0017",
                "value of an enum given twice",
                """
                kind: enums
                enums:
                  - { name: AcmeFirst, size: 8, doc: First., values: [{ value: 1, name: One }, { value: ▶0x1◀, name: Uno }] }
                  - { name: AcmeSecond, size: 8, doc: Second., values: [] }
                """,
                "In 'AcmeFirst', 'Uno' and 'One' have the same value 0x1",
                "AcmeSecond.g.cs"
            ),
            new(
                "VMCS0017",
                "MSRs of one index",
                """
                kind: msrs
                msrs:
                  - { name: AcmeFirst, index: 0x4ACE0000, doc: First. }
                  - { name: AcmeSecond, index: ▶0x4ACE0000◀, doc: Second. }
                """,
                "In 'acme.vmcs.yaml', 'AcmeFirst' and 'AcmeSecond' have the same value 0x4ACE0000",
                "AcmeMsrs.g.cs"
            ),
        ];

    private static DiagnosticCase Bits(string id, string rule, string bits, string message) =>
        new(
            id,
            rule,
            $$"""
            kind: bitfields
            bitfields:
              - { name: AcmeBits, size: 8, doc: Bits., bits: [{{bits}}] }
              - { name: AcmeSecond, size: 8, doc: Second., bits: [] }
            """,
            message,
            "AcmeSecond.g.cs"
        );
}
