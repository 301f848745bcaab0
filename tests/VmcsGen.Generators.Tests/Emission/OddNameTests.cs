using System;
using System.Linq;
using Microsoft.CodeAnalysis;
using VmcsGen.Generators.Tests.Testing;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Emission;

/// <summary>Whatever files are called and whatever texts say, what is emitted compiles.</summary>
public class OddNameTests
{
    [Theory]
    [InlineData("specs/acme.vmcs.yaml", "AcmeVmcsFields")]
    [InlineData("specs\\acme-unit.v2.vmcs.yaml", "AcmeUnitVmcsFields")]
    [InlineData("2nd unit.yaml", "_2ndUnitVmcsFields")]
    [InlineData("acme@home+(1).yaml", "AcmeHome1VmcsFields")]
    [InlineData("größe.yaml", "GrEVmcsFields")]
    [InlineData(".yaml", "YamlVmcsFields")]
    [InlineData("単位.yaml", "_VmcsFields")]
    public void Class_is_named_after_its_file(string path, string name)
    {
        var run = GeneratorRun.Of(new SpecText(path, "kind: vmcs-fields\nfields: [{ name: AcmeIndex, encoding: 0x0070 }]\n"));
        Assert.Contains($"static class {name}\n", run.Source($"{name}.g.cs"));
        AssertCompiles(run);
    }

    [Fact]
    public void Files_of_one_name_in_two_folders_get_classes_of_their_own()
    {
        var run = GeneratorRun.Of(
            new SpecText("a/acme.yaml", "kind: vmcs-fields\nfields: [{ name: AcmeFirst, encoding: 0x0070 }]\n"),
            new SpecText("b/acme.yaml", "kind: vmcs-fields\nfields: [{ name: AcmeSecond, encoding: 0x0072 }]\n"),
            new SpecText("c/acme.yaml", "kind: kvm-ioctls\nioctls: [{ name: KVM_ACME_A, number: 1, direction: none, descriptor: vm }]\n"),
            new SpecText("d/acme.yaml", "kind: kvm-ioctls\nioctls: [{ name: KVM_ACME_B, number: 2, direction: none, descriptor: vm }]\n"),
            new SpecText("e/acme.yaml", "kind: msrs\nmsrs: [{ name: Ia32AcmeA, index: 1 }]\n"),
            new SpecText("f/acme.yaml", "kind: msrs\nmsrs: [{ name: Ia32AcmeB, index: 2 }]\n"),
            new SpecText(
                "g/acme.yaml",
                "kind: bitfields\nbitfields: [{ extends: PinBasedControls, bits: [{ bit: 30, name: AcmeA }] }, { extends: PinBasedControls, bits: [{ bit: 31, name: AcmeB }] }]\n"
            )
        );
        Assert.Equal(10, run.Sources.Count);
        AssertCompiles(run);
    }

    [Theory]
    [InlineData("SafeFileHandle, SafeFileHandle")]
    [InlineData("SafeFileHandle, Microsoft.Win32.SafeHandles.SafeFileHandle")]
    public void Descriptor_that_is_named_twice_has_the_method_once(string descriptors)
    {
        var run = GeneratorRun.Of(
            new SpecText(
                "acme.yaml",
                $"kind: kvm-ioctls\nioctls: [{{ name: ACME_A, number: 1, direction: none, descriptor: [{descriptors}] }}]\n"
            )
        );
        AssertCompiles(run);
    }

    [Fact]
    public void Constant_may_stand_in_many_groups_under_its_own_name()
    {
        var groups = string.Concat(
            Enumerable.Range(0, 100).Select(static n => $"  - {{ name: A{n}, form: enum, values: [{{ name: ACME_B, value: ACME_B }}] }}\n")
        );
        var run = GeneratorRun.Of(
            new SpecText(
                "acme.yaml",
                $"kind: kvm-constants\ngroups:\n{groups}  - {{ name: A, form: enum, values: [{{ name: ACME_B, value: 7 }}] }}\n"
            )
        );
        Assert.Contains("AcmeB = 7", run.Source("A99.g.cs"));
        AssertCompiles(run);
    }

    [Fact]
    public void Types_that_differ_in_case_only_get_files_of_their_own()
    {
        var run = GeneratorRun.Of(
            new SpecText(
                "acme.yaml",
                "kind: enums\nenums: [{ name: AcmeMode, size: 8, values: [] }, { name: ACMEMODE, size: 8, values: [] }]\n"
            )
        );
        Assert.Equal(["ACMEMODE.2.g.cs", "AcmeMode.g.cs"], run.Sources.Select(static s => s.Hint));
        AssertCompiles(run);
    }

    [Fact]
    public void Specs_with_namespaces_of_their_own_see_each_other()
    {
        var run = GeneratorRun.Of(
            new SpecText(
                "a.yaml",
                "kind: enums\nnamespace: Acme.Modes\nenums: [{ name: AcmeMode, size: 8, values: [{ value: 0, name: Off }] }]\n"
            ),
            new SpecText(
                "b.yaml",
                "kind: bitfields\nnamespace: Other.Bits\nbitfields: [{ name: AcmeBits, size: 32, bits: [{ bits: 0-7, name: Mode, enum: AcmeMode }] }]\n"
            ),
            new SpecText("c.yaml", "kind: vmcs-fields\nfields: [{ name: AcmeField, encoding: 0x4070, type: AcmeBits }]\n")
        );
        Assert.Contains("namespace Other.Bits;", run.Source("AcmeBits.g.cs"));
        AssertCompiles(run);
    }

    [Theory]
    [InlineData("kind: vmcs-fields\nfields: [{ name: VmcsFields, encoding: 0x0070, doc: A field. }]\n")]
    [InlineData(
        "kind: layouts\nlayouts: [{ name: AcmePage, size: 64, fields: [{ offset: 0, name: LayoutKind, type: uint, doc: A mark. }] }]\n"
    )]
    [InlineData(
        "kind: kvm-ioctls\nioctls: [{ name: KVM_ACME, number: 1, direction: none, descriptor: vm, argument: int, returns: descriptor, csharp: UnsafeIoctls }]\n"
    )]
    public void Names_that_emitted_code_needs_are_taken(string spec) =>
        Assert.Equal("VMCS0009", Assert.Single(GeneratorRun.Of(new SpecText("acme.yaml", spec)).Diagnostics).Id);

    [Fact]
    public void Method_may_be_called_as_the_class_with_the_numbers_would_be()
    {
        var run = GeneratorRun.Of(
            new SpecText(
                "acme.yaml",
                "kind: kvm-ioctls\nioctls: [{ name: KVM_ACME, number: 1, direction: none, descriptor: vm, argument: int, takes: value, csharp: AcmeIoctls }]\n"
            )
        );
        Assert.Empty(run.Diagnostics);
        AssertCompiles(run);
    }

    [Theory]
    [InlineData("\\\" \\\\ */ // /// {0} {{ }} @ $")]
    [InlineData("<see cref=\\\"X\\\"/> &amp; ]]> <!-- --")]
    [InlineData("one\\ntwo\\r\\nthree\\ttab")]
    [InlineData("a\\u2028b\\u2029c\\u0085d\\0e\\u001Bf\\uFFFEg")]
    [InlineData("naïve → 😀")]
    [InlineData(
        "averyveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryverylongword and more"
    )]
    public void Any_text_can_stand_in_documentation_and_literals(string text)
    {
        var run = GeneratorRun.Of(
            new SpecText(
                "a.yaml",
                $"kind: enums\nvisibility: public\nsource: \"{text}\"\nenums:\n  - {{ name: AcmeMode, size: 8, linux: \"{text}\", sdm: \"{text}\", doc: \"{text}\", since: \"{text}\", values: [{{ value: 0, name: Off, linux: \"{text}\", doc: \"{text}\" }}] }}\n"
            ),
            new SpecText(
                "b.yaml",
                $"kind: vmcs-fields\nvisibility: public\nfields:\n  - {{ name: AcmeIndex, encoding: 0x0070, linux: \"{text}\", doc: \"{text}\" }}\n"
            ),
            new SpecText(
                "c.yaml",
                $"kind: kvm-ioctls\nvisibility: public\nioctls:\n  - {{ name: KVM_ACME, number: 1, direction: none, descriptor: vm, doc: \"{text}\", obsolete: \"{text}\", errors: {{ EPERM: \"{text}\" }} }}\n"
            ),
            new SpecText(
                "d.yaml",
                $"kind: bitfields\nvisibility: public\nbitfields:\n  - {{ name: AcmeBits, size: 8, doc: \"{text}\", bits: [{{ bit: 0, name: First, linux: \"{text}\", doc: \"{text}\" }}] }}\n"
            )
        );
        AssertCompiles(run);
    }

    [Theory]
    [InlineData("\\u202A")]
    [InlineData("\\u202E")]
    [InlineData("\\u2066")]
    [InlineData("\\u2069")]
    [InlineData("\\u200B")]
    [InlineData("\\u200F")]
    [InlineData("\\uFEFF")]
    [InlineData("\\u00AD")]
    [InlineData("\\u2028")]
    [InlineData("\\U000E0041")]
    public void Characters_that_cannot_be_seen_are_written_by_their_numbers(string character)
    {
        var text = $"a{character}b";
        var run = GeneratorRun.Of(
            new SpecText(
                "a.yaml",
                $"kind: enums\nsource: \"{text}\"\nenums:\n  - {{ name: AcmeMode, size: 8, texts: true, linux: \"{text}\", sdm: \"{text}\", doc: \"{text}\", values: [{{ value: 0, name: Off, linux: \"{text}\", doc: \"{text}\" }}] }}\n"
            ),
            new SpecText("b.yaml", $"kind: enums\nenums:\n  - {{ name: AcmeOther, size: \"{text}\", values: [] }}\n")
        );
        var reported = Assert.Single(run.Diagnostics).GetMessage(System.Globalization.CultureInfo.InvariantCulture);
        Assert.All(run.Sources.Select(static s => s.Text).Append(reported), static t => Assert.DoesNotMatch(@"\p{Cf}|\u2028|\uDB40", t));
        Assert.Contains("AcmeMode", Assert.Single(run.Sources).Text, StringComparison.Ordinal);
        Assert.Empty(run.Compile(RuntimeAssemblies.References).Problems);
    }

    [Theory]
    [InlineData("pointer")]
    [InlineData("result")]
    [InlineData("target")]
    [InlineData("request")]
    [InlineData("event")]
    [InlineData("GC")]
    public void Any_parameter_name_can_be_stated(string name)
    {
        var run = GeneratorRun.Of(
            new SpecText(
                "a.yaml",
                $$"""
                kind: kvm-ioctls
                ioctls:
                  - { name: KVM_ACME_IN, number: 1, direction: write, argument: struct kvm_regs, parameter: {{name}}, descriptor: vcpu, returns: value }
                  - { name: KVM_ACME_LIST, number: 2, direction: read-write, argument: struct kvm_cpuid2, parameter: {{name}}, descriptor: vcpu, returns: value }
                  - { name: KVM_ACME_VALUE, number: 3, direction: none, argument: int, parameter: {{name}}, descriptor: vcpu }
                """
            )
        );
        AssertCompiles(run);
    }

    private static void AssertCompiles(GeneratorRun run)
    {
        Assert.True(run.Diagnostics.Count == 0, string.Join('\n', run.Diagnostics));
        var problems = run.Compile(RuntimeAssemblies.References).Problems;
        Assert.True(problems.Count == 0, string.Join('\n', problems));
        Assert.All(run.Sources, static s => Assert.DoesNotContain("\r", s.Text, StringComparison.Ordinal));
    }
}
