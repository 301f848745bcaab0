using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Facts;

/// <summary>A new fact is an edit of a spec and nothing else: the runtime, compiled with edited specs, knows it.</summary>
public class EditedFactTests
{
    // A part of the runtime, so that it sees what is internal.
    private const string Questions = """
        using System;
        using System.Linq;
        using VmcsGen.Kvm;
        using VmcsGen.Vmx;
        using VmcsGen.Vmx.Entry;
        using VmcsGen.X86;

        public static class Questions
        {
            public static string Ask() => string.Join("\n",
                $"feature {(uint)CpuidFeature.AcmeEvents:X8}",
                $"MSR {(uint)X86Msr.Ia32AcmeSwitch:X}: {MsrWrites.WhyRefused(0x7F0, 1, 48) ?? "taken"}, {MsrWrites.WhyRefused(0x7F0, 2, 48) ?? "taken"}",
                $"bit {(new PinBasedControls { ActivateAcme = true }).Value:X}: {new PinBasedControls(1u << 30)}",
                $"words {VmxControlWord.All.Length}, settings {Capabilities.AcmeExecution}",
                $"{Configuration.MissingNames.Count} missing: {Configuration.Controls.AcmeExecution}, {Configuration.Controls.PinBased}",
                $"field {Capabilities.Supports(VmcsField.AcmeExecutionControls)}, {VmcsFields.All.ToArray().Single(f => f.Field == VmcsField.AcmeExecutionControls).ExistsWhen}");

            private static VmxCapabilities Capabilities => VmxCapabilities.Read(new Msrs());

            private static VmxConfiguration Configuration => Capabilities.Configure(new VmxControlSet { AcmeExecution = new AcmeExecutionControls { EnableAcme = true } });

            // Every control may be 0 or 1.
            private sealed class Msrs : IMsrSource
            {
                public bool TryReadMsr(uint index, out ulong value)
                {
                    value = index switch
                    {
                        >= 0x481 and <= 0x484 or 0x48B => 0xFFFF_FFFF_0000_0000,
                        >= 0x491 and <= 0x493 or 0x4F0 => ulong.MaxValue,
                        _ => 0,
                    };
                    return true;
                }
            }
        }
        """;

    [Fact]
    public void Feature_MSR_control_and_control_word_are_an_edit_of_a_spec_each()
    {
        var run = GeneratorRun.Of(
            "runtime",
            [.. RuntimeSources.Specs.Where(static spec => !spec.Path.StartsWith("spec/kvm", StringComparison.Ordinal))]
        );
        run = Add(run, "spec/x86/cpuid.yaml", "features:\n", "  - { name: AcmeEvents, leaf: 0x400000F0, register: edx, bit: 31 }\n");
        run = Add(run, "spec/x86/msrs.yaml", "msrs:\n", "  - { name: Ia32AcmeSwitch, index: 0x7F0, writable-bits: 0 }\n");
        run = Add(run, "spec/vmx/msrs.yaml", "msrs:\n", "  - { name: Ia32VmxAcmeCtls, index: 0x4F0, read-only: true }\n");
        run = Add(
            run,
            "spec/vmx/bitfields/controls.yaml",
            "bitfields:\n",
            """
              - name: AcmeExecutionControls
                size: 64
                sdm: Acme execution controls
                capability: Ia32VmxAcmeCtls
                activated-by: PinBasedControls.ActivateAcme
                bits:
                  - { bit: 7, name: EnableAcme }
            """ + "\n"
        );
        run = Add(
            run,
            "spec/vmx/bitfields/controls.yaml",
            "    true-capability: Ia32VmxTruePinbasedCtls\n    bits:\n",
            "      - { bit: 30, name: ActivateAcme }\n"
        );
        run = Add(
            run,
            "spec/vmx/fields/control.yaml",
            "fields:\n",
            "  - { name: AcmeExecutionControls, encoding: 0x20F0, type: AcmeExecutionControls, exists-when: ActivateAcme }\n"
        );
        Assert.Empty(run.Diagnostics);

        var answers = run.Compile([], [.. HandWritten(), Questions]).Load().GetType("Questions")!.GetMethod("Ask")!.Invoke(null, null);
        Assert.Equal(Expected, answers);
    }

    // The place of leaf 400000F0H, EDX bit 31: range 1, leaf F0H, subleaf 0, register 3, bit 31.
    private static string Expected =>
        string.Join(
            "\n",
            $"feature {(1u << 30) | (0xF0 << 15) | (3 << 5) | 31:X8}",
            "MSR 7F0: taken, reserved bits are set",
            "bit 40000000: ActivateAcme",
            $"words 9, settings 0 or 1: {string.Join(", ", Enumerable.Range(0, 64).Select(static bit => bit == 7 ? "EnableAcme" : $"bit {bit}"))}; 1: none",
            "0 missing: EnableAcme, ActivateAcme",
            "field True, PinBasedControls.ActivateAcme"
        );

    // The half of the runtime that needs no operating system.
    private static readonly string[] Folders = ["runtime/VmcsGen.Vmx", "runtime/Annotations"];

    private static IEnumerable<string> HandWritten() =>
        Folders
            .SelectMany(static folder =>
                Directory.EnumerateFiles(Path.Combine(RuntimeSources.Root, folder), "*.cs", SearchOption.AllDirectories)
            )
            .Where(static path => !path.Split(Path.DirectorySeparatorChar).Contains("obj"))
            .Select(File.ReadAllText);

    private static GeneratorRun Add(GeneratorRun run, string path, string behind, string text) => run.WithEdit(path, behind, behind + text);
}
