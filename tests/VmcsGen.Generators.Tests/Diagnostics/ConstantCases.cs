using System.Collections.Generic;
using Microsoft.CodeAnalysis;

namespace VmcsGen.Generators.Tests.Diagnostics;

/// <summary>Constants of headers whose values are not what they seem.</summary>
internal static class ConstantCases
{
    public static IEnumerable<DiagnosticCase> All =>
        [
            Value("VMCS0040", "expression without its end", "1 <<▶◀", "'1 <<' cannot be computed: a value is missing at its end"),
            Value("VMCS0040", "two values without an operator", "1 ▶2◀", "'1 2' cannot be computed: an operator is expected at '2'"),
            Value("VMCS0040", "parenthesis that is not closed", "▶(◀1 | 2", "'(1 | 2' cannot be computed: this parenthesis is not closed"),
            Value(
                "VMCS0040",
                "constant that there is not",
                "ACME_SECOND | ▶ACME_SECONDS◀",
                "'ACME_SECOND | ACME_SECONDS' cannot be computed: there is no constant 'ACME_SECONDS', neither built in nor in this project's specs. Did you mean 'ACME_SECOND'?"
            ),
            Value(
                "VMCS0040",
                "constant that is itself",
                "▶ACME_FIRST◀ + 1",
                "'ACME_FIRST + 1' cannot be computed: 'ACME_FIRST' is this constant itself"
            ),
            Value(
                "VMCS0040",
                "more than 64 bits",
                "0xFFFFFFFFFFFFFFFF ▶+◀ 1",
                "'0xFFFFFFFFFFFFFFFF + 1' cannot be computed: it has more than 64 bits"
            ),
            Value(
                "VMCS0040",
                "shift by too much",
                "1 ▶<<◀ 64",
                "'1 << 64' cannot be computed: bits cannot be shifted by 64: 0 to 63 are possible"
            ),
            Value("VMCS0040", "division by zero", "1 ▶/◀ (2 - 2)", "'1 / (2 - 2)' cannot be computed: it divides by zero"),
            Value(
                "VMCS0040",
                "octal number in an expression",
                "1 | ▶0100◀",
                "'1 | 0100' cannot be computed: In C, 0100 is octal: write 64, or 100 if that is meant"
            ),
            Value(
                "VMCS0007",
                "octal number",
                "▶0100◀",
                "'0100' cannot be the value of 'value', which is a number, decimal or hexadecimal with 0x, or an expression as in C. In C, 0100 is octal: write 64, or 100 if that is meant."
            ),
            Value("VMCS0015", "value that its type does not hold", "▶1 << 32◀", "'ACME_FIRST' does not fit into 32 bits"),
            Value(
                "VMCS0024",
                "negative value of an unsigned type",
                "▶2 - 3◀",
                "'ACME_FIRST' is negative, but the values of 'AcmeFirst' are not: add 'signed: true' to the group"
            ),
            Group(
                "VMCS0024",
                "text in an enum",
                "form: enum, values: [{ name: ACME_FIRST, text: ▶one◀ }]",
                "'ACME_FIRST' is a text, which an enum cannot have: put it into a group of the form 'constants'"
            ),
            Group(
                "VMCS0024",
                "value and text",
                "form: constants, values: [{ name: ACME_FIRST, value: 1, text: ▶one◀ }]",
                "'ACME_FIRST' has a value and a text: a constant is one of them"
            ),
            new(
                "VMCS0043",
                "flags with a common bit",
                """
                kind: kvm-constants
                groups:
                  - name: AcmeFirst
                    form: flags
                    values: [{ name: ACME_READ, value: 1 }, { name: ACME_WRITE, value: 2 }, { name: ACME_LAST, value: ▶6◀ }]
                """,
                "'AcmeLast' and 'AcmeWrite' of 'AcmeFirst' have bit 1 in common: for a mask or a second name, say why with 'overlaps'",
                "AcmeFirst.g.cs",
                DiagnosticSeverity.Warning
            ),
            new(
                "VMCS0043",
                "one flag under two names",
                """
                kind: kvm-constants
                groups:
                  - { name: AcmeFirst, form: flags, values: [{ name: ACME_READ, value: 1 }, { name: ACME_LOOK, value: ▶1◀ }] }
                """,
                "'AcmeLook' and 'AcmeRead' of 'AcmeFirst' have bit 0 in common: for a mask or a second name, say why with 'overlaps'",
                "AcmeFirst.g.cs",
                DiagnosticSeverity.Warning
            ),
        ];

    private static DiagnosticCase Value(string id, string rule, string value, string message) =>
        Group(id, rule, $"form: constants, prefix: ACME_, values: [{{ name: ACME_FIRST, value: {value} }}]", message);

    private static DiagnosticCase Group(string id, string rule, string keys, string message) =>
        new(
            id,
            rule,
            $$"""
            kind: kvm-constants
            groups:
              - { name: AcmeFirst, {{keys}} }
              - { name: AcmeSecond, form: enum, values: [{ name: ACME_SECOND, value: 1 }] }
            """,
            message,
            "AcmeSecond.g.cs"
        );
}
