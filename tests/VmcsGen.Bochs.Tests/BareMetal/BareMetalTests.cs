using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using BareMetalHypervisor;
using VmcsGen.Oracle.Tests.Support;
using VmcsGen.Vmx.Bochs.Tests.Testing;
using Xunit;

namespace VmcsGen.Vmx.Bochs.Tests.BareMetal;

/// <summary>The sample that runs on the bare CPU, by what it says on the serial port and by its machine code.</summary>
public sealed partial class BareMetalTests(StoryFixture image) : IClassFixture<StoryFixture>
{
    // What each guest does, in this order.
    private static readonly string[] s_exits =
    [
        "CPUID, leaf 0x40000000: it gets an answer.",
        "I/O: it prints: VmcsGen in C",
        "RDMSR 0x40000000: it reads 0.",
        "WRMSR 0x40000000: it writes 1.",
        "EPT violation: it writes 0x50000, which is not mapped; it gets a page.",
        "VMCALL: the new page holds 0x5A.",
        "HLT: it waits for an interrupt; it gets one.",
        "VMCALL: its handler took interrupt 0x20.",
        "VMX-preemption timer: its time is up; it gets the second interrupt.",
        "VMCALL: its handler took interrupt 0x21.",
        "VMCALL: it is done.",
        // CPUID, RDMSR, WRMSR, the EPT violation, HLT, the timer, four VMCALLs, and thirteen letters.
        "23 VM exits, 2 interrupts.",
    ];

    private const string Mistakes = "A guest with mistakes in its state:";

    private static readonly string[] s_anyMode =
    [
        "The first guest, in 64-bit mode:",
        "The second guest, in 32-bit protected mode:",
        "The third guest, in real mode:",
    ];

    /// <summary>One without "unrestricted guest", the first with it, one with more secondary controls, the newest.</summary>
    public static TheoryData<string, bool> Models { get; } =
        new()
        {
            { "corei5_lynnfield_750", false },
            { "corei5_arrandale_m520", true },
            { "corei7_skylake_x", true },
            { "tigerlake", true },
        };

    [Theory]
    [MemberData(nameof(Models))]
    public void Each_guest_makes_the_exits_of_its_program(string model, bool hasRealMode)
    {
        var (status, lines) = image.Boot(model);
        Assert.True(status == 0, string.Join('\n', lines));
        foreach (var title in hasRealMode ? s_anyMode : s_anyMode[..2])
            Assert.Equal(s_exits, Chapter(lines, title));
        Assert.Equal(
            hasRealMode ? 0 : 1,
            lines.Count(static line => line == "No third guest: without \"unrestricted guest\" this processor has no guests in real mode.")
        );
        Assert.Equal(hasRealMode, lines.Contains(s_anyMode[2]));
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Every_property_of_a_field_that_the_model_has_holds_what_was_written(string model, bool hasRealMode)
    {
        _ = hasRealMode;
        var (_, lines) = image.Boot(model);
        // Another program counts the fields: the ring-0 agent, from the capability MSRs of the same model.
        using var machine = TestMachine.Start(model);
        var capabilities = VmxCapabilities.Read(machine.Cpu);
        var fields = VmcsFields.All.ToArray().Select(static info => info.Field).Where(capabilities.Supports).ToArray();
        var writable = capabilities.Misc.VmwriteExitInformation ? fields.Length : fields.Count(static field => !field.IsReadOnly);
        Assert.Equal(
            [$"{Properties().Count} properties; of this processor's {fields.Length} fields {writable} were written, 0 read otherwise."],
            Chapter(lines, "Every field, by its generated property:")
        );
    }

    [Fact]
    public void The_tour_leaves_no_property_out()
    {
        var source = File.ReadAllText(Path.Combine(Repository.Root, "samples", "BareMetalHypervisor", "Kernel", "Accessors.cs"));
        var read = Reads().Matches(source).Select(static match => (match.Groups[1].Value, match.Groups[2].Value)).ToArray();
        Assert.Equal(Properties().Order(), read.Select(static one => one.Item1).Order());
        Assert.All(read, static one => Assert.Equal(one.Item1, one.Item2));
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_broken_field_is_named_on_the_processor_with_rule_and_remedy(string model, bool hasRealMode)
    {
        _ = hasRealMode;
        var (_, lines) = image.Boot(model);
        // Exit reason 33 with bit 31 (SDM 3C 27.8); error 8 is for host state (SDM 3C 31.4).
        Assert.Equal(
            [
                "The entry failed: exit reason 0x80000021, qualification 0. The rules, on this processor:",
                "GuestRflagsFixedBit (SDM 3C 27.3.1.4): Bit 1 of RFLAGS is 0, but always reads as 1.",
                "- GuestRflags = 0x0",
                "- To satisfy it: Set bit 1.",
                "The VMCS:",
                "The entry failed: exit reason 0x80000021, qualification 0. The rules, on this processor:",
                "GuestSystemSegmentPresent (SDM 3C 27.3.1.2): P (bit 7) of TR is 0.",
                "- GuestTrAccessRights = 0xB",
                "- To satisfy it: Set bit 7.",
                "The entry failed: VM-instruction error 8. The rules, on this processor:",
                "HostCsSelectorNotNull (SDM 3C 27.2.3): The selector of CS is 0.",
                "- HostCsSelector = 0x0",
                "- To satisfy it: Write the selector of the host's code segment.",
            ],
            Chapter([.. lines.Where(static line => !line.StartsWith("    ", StringComparison.Ordinal))], Mistakes)
        );
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_VMCS_is_dumped_and_explained_by_the_checker(string model, bool hasRealMode)
    {
        _ = hasRealMode;
        var (_, lines) = image.Boot(model);
        Assert.Contains("GuestRflags 0x0", Chapter(lines, Mistakes));

        using var output = new StringWriter();
        var story = new Story(output);
        foreach (var line in lines)
            story.Tell(line);
        var told = output.ToString();
        // One field is broken, and one rule with it: the one that the processor named, in the same words.
        var explanation = told[told.IndexOf("The checker says:", StringComparison.Ordinal)..];
        explanation = explanation[..explanation.IndexOf("The entry failed:", StringComparison.Ordinal)];
        Assert.Single(Remedies().Matches(explanation));
        var finding = lines.First(static line => line.StartsWith("  GuestRflagsFixedBit", StringComparison.Ordinal));
        Assert.Contains(finding, explanation, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Read", "push %rax; mov $0x681e,%edi; call <vmx_read>; nop; add $0x8,%rsp; ret")]
    [InlineData("Write", "mov %rdi,%rsi; mov $0x681e,%edi; jmp <vmx_write>")]
    [InlineData("ReadBit", "push %rax; mov $0x4002,%edi; call <vmx_read>; test $0x80,%al; setne %al; movzbl %al,%eax; add $0x8,%rsp; ret")]
    public void A_typed_access_is_its_encoding_and_one_direct_call(string method, string expected)
    {
        image.Build();
        var instructions = DiskImage
            .Disassemble(image.Directory, $"BareMetal_Kernel_BareMetal_TypedAccess__{method}")
            .Reverse()
            .SkipWhile(static instruction => instruction == "nop")
            .Reverse();
        Assert.Equal(expected, string.Join("; ", instructions));
    }

    [Fact]
    public void A_processor_without_EPT_is_told_of()
    {
        var (status, lines) = image.Boot("core2_penryn_t9600");
        Assert.Equal(1, status);
        Assert.Contains("This processor has no EPT, without which this hypervisor runs no guest.", lines);
    }

    [Fact]
    public void A_model_that_does_not_exist_ends_with_what_the_emulator_said()
    {
        image.Build();
        var failure = Assert.Throws<IOException>(() => image.Boot("no_such_model"));
        Assert.Contains("wrong value for parameter 'model'", failure.Message, StringComparison.Ordinal);
    }

    // The lines under a title, without their indentation.
    private static string[] Chapter(string[] lines, string title) =>
        [
            .. lines
                .SkipWhile(line => line != title)
                .Skip(1)
                .TakeWhile(static line => line.StartsWith(' '))
                .Select(static line => line.Trim()),
        ];

    private static List<string> Properties() =>
        [
            .. typeof(Vmcs<>)
                .GetProperties()
                .Select(static property => property.Name)
                .Where(static name => name != nameof(Vmcs<NoAccess>.Access)),
        ];

    [GeneratedRegex(@"VmcsField\.(\w+) => (?:\(ulong\))?vmcs\.(\w+)")]
    private static partial Regex Reads();

    [GeneratedRegex("To satisfy it:")]
    private static partial Regex Remedies();

    private readonly struct NoAccess : IVmcsAccess
    {
        public ulong Read(VmcsField field) => throw new NotSupportedException();

        public void Write(VmcsField field, ulong value) => throw new NotSupportedException();

        public VmxResult TryRead(VmcsField field, out ulong value) => throw new NotSupportedException();

        public VmxResult TryWrite(VmcsField field, ulong value) => throw new NotSupportedException();
    }
}
