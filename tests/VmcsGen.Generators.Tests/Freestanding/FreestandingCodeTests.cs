using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Freestanding;

/// <summary>What <c>VmcsGenEmit=all</c> emits is for programs without a runtime: it may ask nothing of one.</summary>
public sealed class FreestandingCodeTests
{
    private const string Kernel = """
        using VmcsGen.Vmx;

        public static unsafe class Kernel
        {
            public static ulong Run(Vmcs12* page, EnlightenedVmcs* enlightened)
            {
                var vmcs = new Vmcs12Image(page).Vmcs;
                vmcs.GuestRip = 5;
                vmcs.PinBasedControls = vmcs.PinBasedControls with { NmiExiting = true };
                vmcs.EptPointer = vmcs.EptPointer with { RootTableAddress = 0x1000 };
                var other = new EnlightenedVmcsImage(enlightened).Vmcs;
                other.GuestCr3 = 7;
                var result = vmcs.Access.TryRead(VmcsField.GuestIa32Efer.High, out var high);
                var boot = new VmcsGen.Boot.BootParams { Magic = 5, Wide = 6, Delta = -1, Ready = true, Low = (byte)VmcsGen.Boot.BootNumbers.BootName };
                return result.IsSuccess ? high + boot.Wide + boot.Magic : (ulong)result.Error;
            }
        }
        """;

    // What a guest is booted with, and every shape of struct.
    private static readonly SpecText Structs = new(
        "boot.yaml",
        """
        kind: kvm-structs
        namespace: VmcsGen.Boot
        structs:
          - name: boot_e820_entry
            size: 20
            packed: true
            members: [{ name: addr, type: __u64 }, { name: size, type: __u64 }, { name: type, type: __u32 }]
          - name: boot_params
            size: 67
            packed: true
            members:
              - { name: magic, type: __be32 }
              - { name: low, type: __u8, bits: 3 }
              - { name: wide, type: __u64, bits: 64 }
              - { name: delta, type: int, bits: 4 }
              - { name: ready, type: __u8, bits: 1, flag: true }
              - { name: pad, type: __u8, padding: true }
              - { name: name, type: "char[BOOT_NAME]" }
              - { name: map, type: "struct boot_e820_entry[2]" }
              - { name: count, type: __u16 }
              - { name: rows, type: "__u16[][2]", count: count }
        """
    );

    private static readonly SpecText Constants = new(
        "boot-constants.yaml",
        "kind: kvm-constants\nnamespace: VmcsGen.Boot\ngroups: [{ name: BootNumbers, form: constants, values: [{ name: BOOT_NAME, value: (1 << 2) + 7 }] }]\n"
    );

    // What a hypervisor adds to VMX, in each kind that there is.
    private static readonly SpecText[] Own =
    [
        new(
            "own-fields.yaml",
            """
            kind: vmcs-fields
            fields:
              - { name: AcmePolicy, encoding: 0x4E00, type: AcmePolicyBits, exists-when: EnableAcme, doc: A bit-field. }
              - { name: AcmeMode, encoding: 0x4E02, type: AcmeSchedule, doc: An enum. }
            """
        ),
        new(
            "own-bits.yaml",
            """
            kind: bitfields
            bitfields:
              - { name: AcmePolicyBits, size: 32, bits: [{ bits: 8-15, name: Schedule, enum: AcmeSchedule, doc: How. }] }
              - extends: PinBasedControls
                bits: [{ bit: 31, name: EnableAcme, doc: A control. }, { bits: 28-29, name: Two, enum: AcmeSchedule, doc: An enum. }]
              - { name: AcmeValue, size: 64, bits: [{ bit: 0, name: First, doc: A bit. }] }
            """
        ),
        new(
            "own-enums.yaml",
            "kind: enums\nenums: [{ name: AcmeSchedule, size: 32, doc: How., values: [{ value: 2, name: Fair, doc: Equal. }] }]\n"
        ),
        new(
            "own-layouts.yaml",
            """
            kind: layouts
            layouts:
              - name: AcmeVmcs
                size: 64
                revision: 5
                doc: A page.
                fields:
                  - { offset: 0, name: Revision, type: uint, doc: The revision. }
                  - { offset: 4, name: Schedule, type: AcmeSchedule, doc: An own type. }
                  - { offset: 8, field: GuestRip }
                  - { offset: 16, field: AcmePolicy }
                  - { offset: 20, field: PinBasedControls }
            """
        ),
        new(
            "own-msrs.yaml",
            "kind: msrs\nmsrs: [{ name: AcmeCaps, index: 0x4ACE0000, type: AcmeValue, writable-bits: 0, doc: An MSR. }]\n"
        ),
    ];

    // Each would need code or data that only a runtime has.
    private static readonly HashSet<ILOpCode> Forbidden =
    [
        ILOpCode.Newarr,
        ILOpCode.Box,
        ILOpCode.Unbox,
        ILOpCode.Unbox_any,
        ILOpCode.Castclass,
        ILOpCode.Isinst,
        ILOpCode.Callvirt,
        ILOpCode.Stsfld,
        ILOpCode.Ldsfld,
        ILOpCode.Throw,
    ];

    private static readonly Lazy<byte[]> Image = new(Compile);

    [Fact]
    public void Compiles_against_a_minimal_core_library_alone() => Assert.NotEmpty(Image.Value);

    [Fact]
    public void Uses_no_heap_no_boxing_no_static_state_and_no_exception()
    {
        using var pe = new PEReader(new MemoryStream(Image.Value));
        var metadata = pe.GetMetadataReader();
        var found = new List<string>();
        var methods = 0;
        foreach (var handle in metadata.MethodDefinitions)
        {
            var method = metadata.GetMethodDefinition(handle);
            var type = metadata.GetTypeDefinition(method.GetDeclaringType());
            if (metadata.GetString(type.Namespace).Split('.')[0] is not ("VmcsGen" or "Acme") || method.RelativeVirtualAddress == 0)
                continue;
            var name = $"{metadata.GetString(type.Name)}.{metadata.GetString(method.Name)}";
            methods++;
            if (metadata.GetString(method.Name) == ".cctor")
                found.Add($"{name}: a static constructor");
            var body = pe.GetMethodBody(method.RelativeVirtualAddress);
            if (body.ExceptionRegions.Length > 0)
                found.Add($"{name}: an exception handler");
            var codes = IlReader.OpCodes(body.GetILBytes()!);
            // A constrained call of a type parameter's method is bound when the generic type is instantiated.
            found.AddRange(
                codes
                    .Where((code, at) => Forbidden.Contains(code) && !(code == ILOpCode.Callvirt && codes[at - 1] == ILOpCode.Constrained))
                    .Select(code => $"{name}: {code}")
            );
        }
        Assert.True(methods > 500, $"Only {methods} methods were looked at.");
        Assert.Empty(found);
    }

    [Fact]
    public void Structs_hold_what_they_hold_with_the_runtime()
    {
        var consumer = GeneratorRun
            .Of("all", [.. Specs(), Structs, Constants])
            .Compile(
                [],
                """
                namespace Acme;

                public static class Boot
                {
                    public static string Bytes()
                    {
                        var boot = new VmcsGen.Boot.BootParams { Magic = 0x01020304, Low = 0xFD, Wide = 0x8877665544332211, Delta = -3, Ready = true };
                        if (boot.Magic != 0x01020304u || boot.Low != 5 || boot.Wide != 0x8877665544332211 || boot.Delta != -3 || !boot.Ready)
                            return "read otherwise";
                        var bytes = System.Runtime.InteropServices.MemoryMarshal.AsBytes(new System.ReadOnlySpan<VmcsGen.Boot.BootParams>(in boot));
                        return System.Convert.ToHexString(bytes[..14]) + " " + bytes.Length;
                    }
                }
                """
            );
        Assert.Empty(consumer.Errors);
        Assert.Equal(
            "01020304" + "8D109921AA32BB43" + "EC" + "00" + " 67",
            consumer.Load().GetType("Acme.Boot")!.GetMethod("Bytes")!.Invoke(null, null)
        );
    }

    // Where they go if they do not say it, if they do, and where the built-in ones are.
    [Theory]
    [InlineData("", "Acme")]
    [InlineData("namespace: Acme.Hypervisor\n", "Acme.Hypervisor")]
    [InlineData("namespace: Acme.Hypervisor\nvisibility: public\n", "Acme.Hypervisor")]
    [InlineData("namespace: VmcsGen.Vmx\n", "VmcsGen.Vmx")]
    public void What_a_project_adds_lies_in_its_namespace(string keys, string expected)
    {
        var run = GeneratorRun.Of(
            "all",
            [.. Specs(), .. Own.Select(s => new SpecText(s.Path, s.Text.Insert(s.Text.IndexOf('\n') + 1, keys)))]
        );
        Assert.Empty(run.Diagnostics);
        var consumer = run.Compile(
            [],
            $$"""
            namespace Program;

            using VmcsGen.Vmx;

            public static class Hypervisor
            {
                public static unsafe string Text()
                {
                    {{expected}}.AcmeVmcs page = default;
                    var vmcs = new {{expected}}.AcmeVmcsImage(&page).Vmcs;
                    vmcs.GuestRip = 5;
                    vmcs.AcmePolicy = vmcs.AcmePolicy with { Schedule = {{expected}}.AcmeSchedule.Fair };
                    vmcs.PinBasedControls = {{expected}}.OwnBitsPinBasedControls.WithEnableAcme(vmcs.PinBasedControls, true);
                    var bytes = System.Convert.ToHexString(new System.ReadOnlySpan<byte>(&page, 24));
                    return $"{bytes} {(uint)VmcsField.AcmeMode:X} {(uint){{expected}}.OwnMsrs.AcmeCaps:X}";
                }
            }
            """
        );
        Assert.Empty(consumer.Errors);
        Assert.Equal(
            "0000000000000000" + "0500000000000000" + "00020000" + "00000080" + " 4E02 4ACE0000",
            consumer.Load().GetType("Program.Hypervisor")!.GetMethod("Text")!.Invoke(null, null)
        );
    }

    private static byte[] Compile()
    {
        var run = GeneratorRun.Of("all", [.. Specs(), Structs, Constants, .. Own]);
        Assert.Empty(run.Diagnostics);
        var options = new CSharpParseOptions(LanguageVersion.Preview);
        var core = File.ReadAllText(Path.Combine(Folder(), "CoreLibrary.txt"));
        var compilation = CSharpCompilation.Create(
            "Kernel",
            [
                .. run
                    .Sources.Select(static s => s.Text)
                    .Append(Kernel)
                    .Append(core)
                    .Select(source => CSharpSyntaxTree.ParseText(source, options)),
            ],
            references: [],
            new(
                OutputKind.DynamicallyLinkedLibrary,
                optimizationLevel: OptimizationLevel.Release,
                allowUnsafe: true,
                nullableContextOptions: NullableContextOptions.Enable
            )
        );
        using var image = new MemoryStream();
        var result = compilation.Emit(image, options: new EmitOptions(runtimeMetadataVersion: "v4.0.30319"));
        Assert.Empty(
            result.Diagnostics.Where(static d =>
                d.Severity >= DiagnosticSeverity.Warning
                && d.Location.SourceTree?.ToString().Contains("As little of a core library", StringComparison.Ordinal) != true
            )
        );
        Assert.True(result.Success);
        return image.ToArray();
    }

    private static IEnumerable<SpecText> Specs()
    {
        var root = Path.GetFullPath(Path.Combine(Folder(), "..", "..", "..", "spec", "vmx"));
        return Directory
            .GetFiles(root, "*.yaml", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .Select(static path => new SpecText(path, File.ReadAllText(path)));
    }

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
