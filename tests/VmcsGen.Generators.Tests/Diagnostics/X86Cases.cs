using System.Collections.Generic;

namespace VmcsGen.Generators.Tests.Diagnostics;

/// <summary>Mistakes in MSRs, CPUID features and control words.</summary>
internal static class X86Cases
{
    public static IEnumerable<DiagnosticCase> All =>
        [
            Msr(
                "VMCS0007",
                "demand on an MSR's value that there is not",
                "value: ▶nonzero◀",
                "'nonzero' cannot be the value of 'value', which is one of canonical, memory-types."
            ),
            Msr(
                "VMCS0007",
                "bit of an MSR beyond 63",
                "writable-bits: [0, ▶64◀]",
                "'64' cannot be the value of 'writable-bits', which is a bit or a range lo-hi, the lower bit first, within 0-63."
            ),
            new(
                "VMCS0024",
                "read-only MSR with writable bits",
                """
                kind: msrs
                msrs:
                  - ▶◀{ name: AcmeFirst, index: 0x700, read-only: true, writable-bits: 0 }
                  - { name: AcmeSecond, index: 0x701 }
                """,
                "WRMSR refuses every value of a read-only MSR: leave out 'writable-bits' and 'value', or 'read-only'",
                "AcmeMsrs.g.cs"
            ),
            Feature(
                "VMCS0007",
                "leaf beyond those of its range",
                "{ name: AcmeFirst, leaf: ▶0x100◀, register: eax, bit: 0 }",
                "'0x100' cannot be the value of 'leaf', which is one of the first 256 leaves of a range: 0x0-0xFF, 0x40000000-0x400000FF, 0x80000000-0x800000FF or 0xC0000000-0xC00000FF."
            ),
            Feature(
                "VMCS0007",
                "register that CPUID does not answer in",
                "{ name: AcmeFirst, leaf: 1, register: ▶eex◀, bit: 0 }",
                "'eex' cannot be the value of 'register', which is one of eax, ebx, ecx, edx. Did you mean 'eax'?"
            ),
            Feature(
                "VMCS0007",
                "bit beyond those of a register",
                "{ name: AcmeFirst, leaf: 1, register: eax, bit: ▶32◀ }",
                "'32' cannot be the value of 'bit', which is a number from 0 to 31, decimal or hexadecimal with 0x."
            ),
            Feature(
                "VMCS0005",
                "feature without a register",
                "▶◀{ name: AcmeFirst, leaf: 1, bit: 3 }",
                "This CPUID feature needs the key 'register'"
            ),
            Feature(
                "VMCS0017",
                "bit of a built-in feature",
                "{ name: AcmeFirst, leaf: ▶0x1◀, register: ecx, bit: 5 }",
                "In 'CpuidFeature', 'AcmeFirst' and 'Vmx' have the same value leaf 0x1, ECX bit 5"
            ),
            Feature(
                "VMCS0009",
                "name of a built-in feature",
                "{ name: ▶Vmx◀, leaf: 0x400000F0, register: ecx, bit: 5 }",
                "The name 'Vmx' is already taken by the built-in CPUID feature Vmx: choose another"
            ),
            Feature(
                "VMCS0009",
                "feature called as a member of every enum",
                "{ name: ▶HasFlag◀, leaf: 0x400000F0, register: ecx, bit: 5 }",
                "The name 'HasFlag' is already taken by a member that every enum has: choose another"
            ),
            Word(
                "VMCS0010",
                "control that activates a word",
                "capability: Ia32VmxBasic, activated-by: ▶EnableEptt◀",
                "There is no control bit 'EnableEptt', neither built in nor in this project's specs. Did you mean 'EnableEpt'?"
            ),
            Word(
                "VMCS0024",
                "control word whose settings no MSR reports",
                "word: ▶Acme◀",
                "AcmeFirst is not a control word, because no MSR reports its settings: state 'capability' too"
            ),
        ];

    private static DiagnosticCase Msr(string id, string rule, string key, string message) =>
        new(
            id,
            rule,
            $$"""
            kind: msrs
            msrs:
              - { name: AcmeFirst, index: 0x700, {{key}} }
              - { name: AcmeSecond, index: 0x701 }
            """,
            message,
            "AcmeMsrs.g.cs"
        );

    private static DiagnosticCase Feature(string id, string rule, string feature, string message) =>
        new(
            id,
            rule,
            $$"""
            kind: cpuid
            features:
              - {{feature}}
              - { name: AcmeSecond, leaf: 0x400000F0, register: edx, bit: 31 }
            """,
            message,
            "AcmeCpuidFeatures.g.cs"
        );

    private static DiagnosticCase Word(string id, string rule, string key, string message) =>
        new(
            id,
            rule,
            $$"""
            kind: bitfields
            bitfields:
              - { name: AcmeFirst, size: 32, {{key}}, bits: [{ bit: 0, name: One }] }
              - { name: AcmeSecond, size: 32, bits: [{ bit: 0, name: One }] }
            """,
            message,
            "AcmeSecond.g.cs"
        );
}
