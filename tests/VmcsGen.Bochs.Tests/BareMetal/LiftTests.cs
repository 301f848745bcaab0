using System;
using System.Globalization;
using System.IO;
using System.Linq;
using BareMetalHypervisor;
using VmcsGen.Vmx.Bochs.Tests.Testing;
using Xunit;

namespace VmcsGen.Vmx.Bochs.Tests.BareMetal;

/// <summary>The sample's second form: the BIOS becomes a guest, and what it boots runs as one.</summary>
public sealed class LiftTests(LiftFixture image) : IClassFixture<LiftFixture>
{
    private const string Model = "corei7_skylake_x";
    private const string Lifted = "The system that runs becomes a guest.";
    private const string Counts = "VM exits:";

    // What Discs/modes.S says, in this order.
    private static readonly string[] s_modes =
    [
        "real mode",
        "the hypervisor's memory is reserved",
        "XMM registers are kept",
        "protected mode, CR0 as it was written",
        "PAE paging",
        "compatibility mode, IA32_EFER.LMA is set",
        "64-bit mode",
        "RDMSR of IA32_VMX_BASIC: #GP",
        "MOV to CR4 with VMXE: #GP",
        "VMXON: #UD",
        "VMCALL that nobody knows: #UD",
        "CPUID: a hypervisor, no VMX, no OSXSAVE",
    ];

    private static readonly string[] s_xsave = ["CPUID: OSXSAVE", "XSETBV of AVX without SSE: #GP", "XSETBV"];

    private static readonly string[] s_end = ["out of long mode", "real mode again", "VMCALL: the guest is done.", Counts];

    // What it does: CR0 changes NE four times, and CR4 would get VMXE.
    private static readonly string[] s_exits = ["1 VMXON (27)", "5 access to a control register (28)", "1 RDMSR (31)"];

    /// <summary>The first with "unrestricted guest", which has no XSAVE, one with more secondary controls, the newest.</summary>
    public static TheoryData<string, bool> Models { get; } =
        new()
        {
            { "corei5_arrandale_m520", false },
            { Model, true },
            { "tigerlake", true },
        };

    [Theory]
    [MemberData(nameof(Models))]
    public void A_program_goes_through_all_modes_and_makes_the_exits_of_its_instructions(string model, bool hasXsave)
    {
        var (status, lines) = image.BootProgram(model, "modes");
        Assert.True(status == 0, string.Join('\n', lines));
        // Each range of the memory map is asked for by VMCALL; two more are the program's own.
        var calls = lines.Count(static line => line.Contains(" bytes, type ", StringComparison.Ordinal)) + 2;
        string[] exits =
        [
            $"{(hasXsave ? 3 : 2)} CPUID (10)",
            $"{calls} VMCALL (18)",
            .. s_exits,
            .. hasXsave ? ["2 XSETBV (55)"] : Array.Empty<string>(),
        ];
        Assert.Equal(
            [.. s_modes, .. hasXsave ? s_xsave : [], .. s_end, .. exits, "The machine is switched off with status 0."],
            lines.SkipWhile(static line => line != Lifted).Skip(1).Select(static line => line.Trim())
        );
    }

    [Fact]
    public void The_memory_map_has_the_hypervisor_in_a_range_of_its_own()
    {
        var (_, lines) = image.BootProgram(Model, "modes");
        var ranges = lines.Where(static line => line.Contains(" bytes, type ", StringComparison.Ordinal)).Select(Range).ToArray();
        Assert.Contains(((ulong)ImageForm.Lift.Kernel, (ulong)ImageForm.Lift.End, 2), ranges);
        Assert.DoesNotContain(
            ranges,
            static range => range.Type == 1 && range.Start < (ulong)ImageForm.Lift.End && range.End > (ulong)ImageForm.Lift.Kernel
        );
        // In order, and what the BIOS called memory is in the map still, on both sides.
        Assert.Equal(ranges.OrderBy(static range => range.Start), ranges);
        Assert.Contains(ranges, static range => range.Type == 1 && range.End == (ulong)ImageForm.Lift.Kernel);
        Assert.Contains(ranges, static range => range.Type == 1 && range.Start == (ulong)ImageForm.Lift.End);
    }

    [Fact]
    public void The_hypervisors_memory_is_out_of_reach()
    {
        var (status, lines) = image.BootProgram(Model, "reach");
        Assert.Equal(1, status);
        Assert.Contains($"EPT violation at 0x{ImageForm.Lift.Kernel:X}.", lines);
        Assert.Contains("The guest ends in trouble: It reaches for the hypervisor's memory.", lines);
    }

    [Fact]
    public void A_triple_fault_is_told_of_with_the_VMCS()
    {
        var (status, lines) = image.BootProgram(Model, "triple-fault");
        Assert.Equal(1, status);
        Assert.Contains("The guest ends in trouble: A triple fault: it could not deliver a double fault.", lines);
        Assert.Contains("VM exit 0x2, qualification 0x0. The VMCS:", lines);

        using var output = new StringWriter();
        var story = new Story(output);
        foreach (var line in lines)
            story.Tell(line);
        var told = output.ToString();
        Assert.Contains("which break no rule of VM entry", told, StringComparison.Ordinal);
        // INT3 is the one-byte instruction behind LIDT; the stack is where the program put it.
        Assert.Contains("GuestRsp 0x7C00", told, StringComparison.Ordinal);
    }

    [Fact]
    public void A_processor_without_unrestricted_guest_is_told_of()
    {
        var (status, lines) = image.BootProgram("corei5_lynnfield_750", "modes");
        Assert.Equal(1, status);
        Assert.Contains("This processor has no \"unrestricted guest\", without which no system can be lifted.", lines);
    }

    [Fact]
    [Trait("Cost", "Minutes")]
    public void Debians_kernel_reaches_user_space_and_finds_the_hypervisor()
    {
        Assert.SkipUnless(
            Environment.GetEnvironmentVariable(TestMachine.RequireVariable) == "1",
            $"Linux takes a minute under Bochs: this runs with {TestMachine.RequireVariable}=1."
        );
        var (status, lines) = image.BootLinux(Model);
        Assert.True(status == 0, string.Join('\n', lines));
        Assert.Contains("Linux, user space: CPUID leaf 0x40000000 says \"VmcsGen in C\".", lines);
        // XCR0 is written once, and CR0.NE set once.
        var exits = lines.SkipWhile(static line => line != Counts).ToArray();
        Assert.Contains("  1 XSETBV (55)", exits);
        Assert.Contains("  1 access to a control register (28)", exits);
    }

    // "  0x8000000, 0x800000 bytes, type 2".
    private static (ulong Start, ulong End, int Type) Range(string line)
    {
        var words = line.Trim().Split([',', ' '], StringSplitOptions.RemoveEmptyEntries);
        var start = ulong.Parse(words[0].AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        var length = ulong.Parse(words[1].AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return (start, start + length, int.Parse(words[^1], CultureInfo.InvariantCulture));
    }
}
