using System;
using System.Linq;
using Microsoft.CodeAnalysis;
using VmcsGen.Generators.Tests.Testing;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Composition;

/// <summary>Specs of a project whose references were made of specs too, compiled or as an editor has them.</summary>
public class CompositionTests
{
    private static readonly SpecText[] Library =
    [
        new(
            "modes.vmcs.yaml",
            """
            kind: enums
            visibility: public
            namespace: Acme.Modes
            enums: [{ name: AcmeMode, size: 8, doc: Modes., values: [{ value: 0, name: Idle, doc: Off. }, { value: 1, name: Busy, doc: On. }] }]
            """
        ),
        new(
            "bits.vmcs.yaml",
            """
            kind: bitfields
            visibility: public
            bitfields:
              - { name: AcmePolicy, size: 32, doc: Policy., bits: [{ bit: 0, name: Strict, doc: Strict. }, { bits: 8-15, name: Mode, enum: AcmeMode, doc: Mode. }] }
              - { extends: PinBasedControls, bits: [{ bit: 31, name: EnableAcme, doc: On. }] }
            """
        ),
        new(
            "acme-fields.vmcs.yaml",
            """
            kind: vmcs-fields
            visibility: public
            fields:
              - { name: AcmeGuestPolicy, encoding: 0x4E10, type: AcmePolicy, exists-when: EnableAcme, doc: Decides. }
            """
        ),
        new(
            "structs.vmcs.yaml",
            """
            kind: kvm-structs
            visibility: public
            structs:
              - { name: acme_entry, size: 8, doc: An entry., members: [{ name: address, type: __u64, doc: Where. }] }
              - { name: acme_list, size: 8, doc: A list., members: [{ name: count, type: __u64, doc: How many. }, { name: entries, type: "struct acme_entry[]", count: count, doc: Entries. }] }
            """
        ),
        new(
            "constants.vmcs.yaml",
            """
            kind: kvm-constants
            visibility: public
            groups:
              - { name: AcmeLimits, form: constants, prefix: ACME_, doc: Limits., values: [{ name: ACME_MAX, value: 3, doc: Most. }] }
            """
        ),
        new(
            "acme.vmcs.yaml",
            """
            kind: kvm-ioctls
            visibility: public
            ioctls:
              - { name: ACME_RESET, number: 0xF0, direction: none, descriptor: vm, doc: Resets. }
            """
        ),
    ];

    private static readonly SpecText[] Middle =
    [
        new(
            "middle-bits.vmcs.yaml",
            """
            kind: bitfields
            visibility: public
            namespace: Middle
            bitfields:
              - { extends: AcmePolicy, bits: [{ bit: 1, name: Fair, doc: Fair. }] }
              - { name: MiddleInfo, size: 16, doc: Information., bits: [{ bits: 0-7, name: Mode, enum: AcmeMode, doc: Mode. }] }
            """
        ),
        new(
            "middle-fields.vmcs.yaml",
            """
            kind: vmcs-fields
            visibility: public
            namespace: Middle
            fields:
              - { name: MiddlePolicy, encoding: 0x4E12, type: AcmePolicy, exists-when: PinBasedControls.EnableAcme, doc: Decides too. }
            """
        ),
    ];

    private static readonly SpecText[] Program =
    [
        new(
            "program-fields.vmcs.yaml",
            """
            kind: vmcs-fields
            namespace: Program
            fields:
              - { name: ProgramInfo, encoding: 0x0E10, type: MiddleInfo, exists-when: EnableAcme }
              - { name: ProgramFair, encoding: 0x4E14, exists-when: Fair }
            """
        ),
        new(
            "program-bits.vmcs.yaml",
            """
            kind: bitfields
            namespace: Program
            bitfields:
              - { extends: AcmePolicy, bits: [{ bit: 2, name: Loud }, { bits: 16-23, name: Second, enum: AcmeMode }] }
            """
        ),
        new(
            "program-layout.vmcs.yaml",
            """
            kind: layouts
            namespace: Program
            layouts:
              - name: ProgramPage
                size: 32
                fields:
                  - { offset: 0, field: AcmeGuestPolicy }
                  - { offset: 4, field: MiddlePolicy }
                  - { offset: 8, field: ProgramInfo }
                  - { offset: 10, name: Mode, type: AcmeMode }
            """
        ),
        new(
            "program-structs.vmcs.yaml",
            """
            kind: kvm-structs
            namespace: Program
            structs:
              - { name: program_pair, size: 40, members: [{ name: both, type: "struct acme_entry[2]" }, { name: more, type: "__u64[ACME_MAX]" }] }
            """
        ),
        new(
            "program.vmcs.yaml",
            """
            kind: kvm-ioctls
            namespace: Program
            ioctls:
              - { name: PROGRAM_LIST, number: 0xF1, direction: read-write, descriptor: vm, argument: struct acme_list, parameter: list }
            """
        ),
    ];

    private const string Main = """
        using System;
        using Acme;
        using Middle;
        using VmcsGen.Kvm;
        using VmcsGen.Vmx;

        namespace Program;

        internal static class Check
        {
            public static string Run()
            {
                var image = ProgramPageImage.Create();
                var vmcs = image.Vmcs;
                vmcs.AcmeGuestPolicy = (new Acme.AcmePolicy() with { Strict = true, Mode = Acme.Modes.AcmeMode.Busy }).WithFair(true).WithLoud(true);
                vmcs.MiddlePolicy = vmcs.AcmeGuestPolicy.WithSecond(Acme.Modes.AcmeMode.Busy);
                vmcs.ProgramInfo = new MiddleInfo() with { Mode = Acme.Modes.AcmeMode.Busy };
                image.Page.Mode = Acme.Modes.AcmeMode.Busy;
                var pair = new ProgramPair();
                pair.Both[1].Address = 7;
                Action<KvmVm> call = static vm => { vm.AcmeReset(); vm.ProgramList(new KvmBuffer<Acme.AcmeList, Acme.AcmeEntry>(2)); };
                return $"{vmcs.MiddlePolicy.Value:x} {vmcs.ProgramInfo} {image.Page.Mode} {pair.Both[1].Address} {call.Method.Name.Length > 0} "
                    + $"{ProgramVmcsFields.All[0].ExistsWhen} {VmcsFields.NameOf(VmcsField.AcmeGuestPolicy)} {VmcsFields.NameOf(VmcsField.MiddlePolicy)}";
            }
        }
        """;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Three_levels_extend_bits_fields_structs_and_ioctls_of_those_below(bool isCompiled)
    {
        var library = Made(GeneratorRun.Of(Library).WithReferences(RuntimeAssemblies.References), isCompiled);
        var middle = Made(GeneratorRun.Of(Middle).WithReferences([.. RuntimeAssemblies.References, library]), isCompiled);

        var program = GeneratorRun.Of(Program).WithReferences([.. RuntimeAssemblies.References, library, middle]);

        Assert.Empty(program.Diagnostics);
        var compilation = program.Compile([], Main);
        Assert.Empty(compilation.Problems);
        if (isCompiled)
            Assert.Empty(program.Compile([]).Problems);
    }

    [Fact]
    public void Program_of_three_levels_runs()
    {
        var library = GeneratorRun.Of(Library).WithReferences(RuntimeAssemblies.References).Compile([]);
        var middle = GeneratorRun.Of(Middle).WithReferences([.. RuntimeAssemblies.References, library.Reference(true)]).Compile([]);
        var program = GeneratorRun
            .Of(Program)
            .WithReferences([.. RuntimeAssemblies.References, library.Reference(true), middle.Reference(true)])
            .Compile([], Main);
        library.Load();
        middle.Load();

        var result = program.Load().GetType("Program.Check")!.GetMethod("Run")!.Invoke(null, null);

        Assert.Equal("10107 Mode=Busy Busy 7 True PinBasedControls.EnableAcme AcmeGuestPolicy (0x4E10) MiddlePolicy (0x4E12)", result);
    }

    [Theory]
    [InlineData(
        "kind: vmcs-fields\nfields: [{ name: Other, encoding: 0x4E10 }]",
        "The encoding 0x4E10 of 'Other' already belongs to the VMCS field AcmeGuestPolicy in the assembly Acme.Lib"
    )]
    [InlineData(
        "kind: vmcs-fields\nfields: [{ name: AcmeGuestPolicy, encoding: 0x4E16 }]",
        "The name 'AcmeGuestPolicy' is already taken by the VMCS field AcmeGuestPolicy in the assembly Acme.Lib: choose another"
    )]
    [InlineData(
        "kind: bitfields\nbitfields: [{ extends: PinBasedControls, bits: [{ bit: 31, name: Other }] }]",
        "'Other' overlaps 'EnableAcme' in 'PinBasedControls'"
    )]
    [InlineData(
        "kind: bitfields\nbitfields: [{ extends: AcmePolicy, bits: [{ bit: 0, name: Other }] }]",
        "'Other' overlaps 'Strict' in 'AcmePolicy'"
    )]
    [InlineData(
        "kind: enums\nnamespace: Elsewhere\nenums: [{ name: AcmeMode, size: 8, values: [] }]",
        "The name 'AcmeMode' is already taken by the enum AcmeMode in the assembly Acme.Lib: choose another"
    )]
    [InlineData(
        "kind: kvm-ioctls\nioctls: [{ name: OTHER, csharp: AcmeReset, number: 0xF9, direction: none, descriptor: vm }]",
        "The name 'AcmeReset' is already taken by the ioctl ACME_RESET in the assembly Acme.Lib as a method of KvmVm: choose another with 'csharp'"
    )]
    public void Clash_with_a_referenced_assembly_is_a_mistake_at_its_place(string spec, string message)
    {
        var library = Made(
            GeneratorRun.Of(Library).WithReferences(RuntimeAssemblies.References).WithAssemblyName("Acme.Lib"),
            isCompiled: true
        );

        var run = GeneratorRun.Of(new SpecText("own.vmcs.yaml", spec)).WithReferences([.. RuntimeAssemblies.References, library]);

        var diagnostic = Assert.Single(run.Diagnostics);
        Assert.Equal(message, diagnostic.GetMessage());
        Assert.Equal("own.vmcs.yaml", diagnostic.Location.GetLineSpan().Path);
    }

    [Theory]
    [InlineData(
        "kind: vmcs-fields\nvisibility: public\nfields: [{ name: Other, encoding: 0x4E10, doc: Other. }]",
        "the encoding 0x4E10 belongs to the VMCS field AcmeGuestPolicy in the assembly Acme.Lib and to the VMCS field Other in the assembly Other.Lib"
    )]
    [InlineData(
        "kind: bitfields\nvisibility: public\nbitfields: [{ extends: PinBasedControls, bits: [{ bits: 30-31, name: Other, doc: Other. }] }]",
        "PinBasedControls.Other in the assembly Other.Lib overlaps PinBasedControls.EnableAcme"
    )]
    public void Referenced_assemblies_that_contradict_each_other_are_named(string spec, string message)
    {
        var references = RuntimeAssemblies.References;
        var library = Made(GeneratorRun.Of(Library).WithReferences(references).WithAssemblyName("Acme.Lib"), isCompiled: true);
        var other = Made(GeneratorRun.Of(new SpecText("o.vmcs.yaml", spec)).WithReferences(references).WithAssemblyName("Other.Lib"), true);

        var run = GeneratorRun.Of().WithReferences([.. references, library, other]);

        var diagnostic = Assert.Single(run.Diagnostics);
        Assert.Equal("VMCS0050", diagnostic.Id);
        Assert.Equal($"Referenced assemblies contradict each other: {message}. The second is left out here.", diagnostic.GetMessage());
    }

    [Fact]
    public void Internal_items_of_another_assembly_are_neither_known_nor_in_the_way()
    {
        SpecText Hidden(SpecText spec) =>
            new(spec.Path, spec.Text.Replace("visibility: public", "visibility: internal", StringComparison.Ordinal));
        var library = Made(GeneratorRun.Of([.. Library.Select(Hidden)]).WithReferences(RuntimeAssemblies.References), isCompiled: true);

        var same = GeneratorRun.Of(Library).WithReferences([.. RuntimeAssemblies.References, library]);
        Assert.Empty(same.Diagnostics);
        Assert.Empty(same.Compile([]).Problems);

        var stranger = GeneratorRun.Of(Middle).WithReferences([.. RuntimeAssemblies.References, library]);
        Assert.Contains(
            stranger.Diagnostics,
            static d => d.GetMessage().StartsWith("There is no bit-field 'AcmePolicy'", StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("public")]
    [InlineData("internal")]
    public void The_same_YAML_in_an_assembly_that_the_project_sees_is_not_emitted_again(string visibility)
    {
        SpecText[] shared =
        [
            .. Library.Select(spec => new SpecText(
                spec.Path,
                spec.Text.Replace("visibility: public", $"visibility: {visibility}", StringComparison.Ordinal)
            )),
        ];
        var references = RuntimeAssemblies.References;
        var library = GeneratorRun.Of(shared).WithReferences(references).WithAssemblyName("Acme.Shared");
        var reference = library
            .Compile(
                [],
                "[assembly: System.Runtime.CompilerServices.InternalsVisibleTo(\"Acme.Tests, PublicKey=00\")]".Replace(
                    ", PublicKey=00",
                    "",
                    StringComparison.Ordinal
                )
            )
            .Reference(isCompiled: true);

        var run = GeneratorRun.Of(shared).WithReferences([.. references, reference]).WithAssemblyName("Acme.Tests");

        Assert.Empty(run.Diagnostics);
        Assert.Empty(run.Sources);
        var compilation = run.Compile(
            [],
            """
            using Acme;
            using VmcsGen.Vmx;
            internal static class Use
            {
                internal static string Fields => $"{VmcsField.AcmeGuestPolicy} {Acme.AcmeVmcsFields.All.Length} {default(PinBasedControls).WithEnableAcme(true)} {Acme.Modes.AcmeMode.Idle}";
                internal static void Reset(VmcsGen.Kvm.KvmVm vm) { Acme.AcmeIoctlsOnKvmVm.AcmeReset(vm); vm.AcmeReset(); }
            }
            """
        );
        Assert.Empty(compilation.Problems);
    }

    [Fact]
    public void A_friend_that_adds_to_the_same_file_gets_a_class_of_its_own()
    {
        var references = RuntimeAssemblies.References;
        var fields = new SpecText("acme.vmcs.yaml", "kind: vmcs-fields\nfields:\n  - { name: AcmeOne, encoding: 0x4E20 }\n");
        var more = new SpecText("acme.vmcs.yaml", fields.Text + "  - { name: AcmeTwo, encoding: 0x4E22 }\n");
        var library = GeneratorRun
            .Of(fields)
            .WithReferences(references)
            .Compile([], "[assembly: System.Runtime.CompilerServices.InternalsVisibleTo(\"Acme.Tests\")]")
            .Reference(isCompiled: true);

        var run = GeneratorRun.Of(more).WithReferences([.. references, library]).WithAssemblyName("Acme.Tests");

        Assert.Empty(run.Diagnostics);
        Assert.Contains("AcmeVmcsFields2.g.cs", run.Sources.Select(static source => source.Hint));
        Assert.Empty(
            run.Compile(
                [],
                "using Acme; internal static class Use { internal static object Both => (VmcsGen.Vmx.VmcsField.AcmeOne, VmcsGen.Vmx.VmcsField.AcmeTwo); }"
            ).Problems
        );
    }

    [Fact]
    public void Edits_of_the_project_read_no_reference_again()
    {
        var library = Made(GeneratorRun.Of(Library).WithReferences(RuntimeAssemblies.References), isCompiled: true);
        var run = GeneratorRun
            .Of(Middle)
            .WithReferences([.. RuntimeAssemblies.References, library])
            .WithSteps()
            .WithCSharp("class Unrelated;");
        Assert.All(run.Step(TrackingNames.References), static o => Assert.Equal(IncrementalStepRunReason.Cached, o.Reason));
        Assert.All(run.Outputs, static o => Assert.Equal(IncrementalStepRunReason.Cached, o.Reason));
    }

    private static MetadataReference Made(GeneratorRun run, bool isCompiled)
    {
        Assert.Empty(run.Diagnostics);
        var compilation = run.Compile([]);
        Assert.Empty(compilation.Problems);
        return compilation.Reference(isCompiled);
    }
}
