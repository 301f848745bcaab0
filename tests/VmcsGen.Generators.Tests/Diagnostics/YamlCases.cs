using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Generators.Tests.Diagnostics;

/// <summary>Files that are not YAML, or more than plain data.</summary>
internal static class YamlCases
{
    private const string Nested = "▶◀[";

    public static IEnumerable<DiagnosticCase> All =>
        [
            new(
                "VMCS0001",
                "syntax error in the middle keeps the items before it",
                """
                kind: enums
                enums:
                  - { name: AcmeFirst, size: 8, doc: First., values: [] }
                  - { name: AcmeSecond, size: 8, doc: ▶◀], values: [] }
                  - { name: AcmeThird, size: 8, doc: Third., values: [] }
                """,
                "This is not valid YAML: While parsing a node, did not find expected node content",
                "AcmeFirst.g.cs"
            ),
            new(
                "VMCS0001",
                "unterminated text",
                """
                kind: enums
                enums:
                  - { name: AcmeFirst, size: 8, doc: First., values: [] }
                  - { name: AcmeSecond, size: 8, doc: ▶"no end }◀
                """,
                "This is not valid YAML: While scanning a quoted scalar, found unexpected end of stream",
                "AcmeFirst.g.cs"
            ),
            new(
                "VMCS0001",
                "colon in a text",
                """
                kind: enums
                enums:
                  - { name: AcmeFirst, size: 8, doc: First., values: [] }
                  - name: AcmeSecond
                    doc: Second▶◀: of two.
                    size: 8
                """,
                "This is not valid YAML: a colon with a blank behind it begins a value, and there is one already: put the whole text in quotation marks",
                "AcmeFirst.g.cs"
            ),
            new(
                "VMCS0001",
                "colon in a text between braces",
                """
                kind: enums
                enums:
                  - { name: AcmeFirst, size: 8, doc: First., values: [] }
                  - { name: AcmeSecond, doc: Second▶:◀ of two., size: 8 }
                """,
                "This is not valid YAML: a colon with a blank behind it begins a value, and there is one already: put the whole text in quotation marks",
                "AcmeFirst.g.cs"
            ),
            new(
                "VMCS0001",
                "tab as indentation",
                "kind: enums\nenums:\n▶\t◀- { name: AcmeFirst, size: 8, doc: First., values: [] }\n",
                "This is not valid YAML: While scanning a mapping, found invalid tab as indentation: use spaces",
                null
            ),
            new(
                "VMCS0001",
                "key that is indented less than its neighbours",
                """
                kind: enums
                enums:
                  - { name: AcmeFirst, size: 8, doc: First., values: [] }
                  - name: AcmeSecond
                   ▶◀size: 8
                """,
                "This is not valid YAML: While parsing a block collection, did not find expected '-' indicator: keys of one item begin in the same column",
                "AcmeFirst.g.cs"
            ),
            new("VMCS0001", "empty file", "▶◀", "This is not valid YAML: the file is empty: a spec begins with 'kind: …'", null),
            new(
                "VMCS0001",
                "nothing but comments",
                "# A comment.\n\n# Another.\n▶◀",
                "This is not valid YAML: the file is empty: a spec begins with 'kind: …'",
                null
            ),
            new(
                "VMCS0001",
                "list at the top",
                "▶◀- kind: enums\n",
                "This is not valid YAML: a spec is a mapping that begins with 'kind: …'",
                null
            ),
            new("VMCS0001", "text at the top", "▶enums◀\n", "This is not valid YAML: a spec is a mapping that begins with 'kind: …'", null),
            new(
                "VMCS0002",
                "anchor",
                """
                kind: enums
                enums:
                  - name: AcmeFirst
                    size: 8
                    doc: ▶&text First.◀
                    values: []
                """,
                "Specs are plain data and cannot hold an anchor: write the value out",
                null
            ),
            new(
                "VMCS0002",
                "alias",
                """
                kind: enums
                enums:
                  - { name: AcmeFirst, size: 8, doc: First., values: [▶*one◀] }
                """,
                "Specs are plain data and cannot hold an alias: write the value out",
                null
            ),
            new(
                "VMCS0002",
                "tag",
                """
                kind: enums
                enums:
                  - { name: AcmeFirst, size: ▶!!int 8◀, doc: First., values: [] }
                """,
                "Specs are plain data and cannot hold the tag 'tag:yaml.org,2002:int': leave it out",
                null
            ),
            new(
                "VMCS0002",
                "second document",
                """
                kind: enums
                enums:
                  - { name: AcmeFirst, size: 8, doc: First., values: [] }
                ▶---◀
                kind: enums
                """,
                "Specs are plain data and cannot hold a second document: put it in a file of its own",
                "AcmeFirst.g.cs"
            ),
            new(
                "VMCS0002",
                "deep nesting",
                $"""
                kind: enums
                enums:
                  - name: AcmeFirst
                    size: 8
                    doc: First.
                    values: []
                  - {string.Concat(Enumerable.Repeat("[", 31))}{Nested}
                """,
                "Specs are plain data and cannot hold more than 32 levels of nesting",
                "AcmeFirst.g.cs"
            ),
            new(
                "VMCS0002",
                "key that is a list",
                """
                kind: enums
                enums:
                  - { name: AcmeFirst, size: 8, doc: First., values: [], ▶◀[a]: b }
                """,
                "Specs are plain data and cannot hold a key that is not a word",
                null
            ),
            new(
                "VMCS0003",
                "unknown kind",
                "kind: ▶enumz◀\n",
                "'enumz' is not a kind of spec; the kinds are vmcs-fields, bitfields, enums, layouts, msrs, cpuid, kvm-structs, kvm-ioctls, kvm-constants. Did you mean 'enums'?",
                null
            ),
            new(
                "VMCS0003",
                "kind like no other",
                "kind: ▶\"registers\"◀\n",
                "'registers' is not a kind of spec; the kinds are vmcs-fields, bitfields, enums, layouts, msrs, cpuid, kvm-structs, kvm-ioctls, kvm-constants.",
                null
            ),
        ];
}
