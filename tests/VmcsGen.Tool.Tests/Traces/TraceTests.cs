using System;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using VmcsGen.Oracle.Tests.Headers;
using VmcsGen.Tool.Traces;
using Xunit;

namespace VmcsGen.Tool.Tests.Traces;

/// <summary>Lines of trace points as each kernel and each tool prints them.</summary>
public partial class TraceTests
{
    [Theory]
    // ftrace, Linux 6.12.
    [InlineData(
        " qemu-kvm-4711    [003] d....  1234.567890: kvm_exit: vcpu 2 reason EPT_VIOLATION rip 0xffffffff8105e3b6 info1 0x0000000000000181 info2 0x00000000800000ec intr_info 0x00000000 error_code 0x00000000",
        "1234.567890  vCPU 2  EptViolation: DataRead",
        "while delivering ExternalInterrupt vector 0xEC",
        "RIP 0xFFFFFFFF8105E3B6"
    )]
    // perf script.
    [InlineData(
        " CPU 0/KVM  4711 [003]  1234.567890:        kvm:kvm_exit: vcpu 0 reason CR_ACCESS rip 0x1000 info1 0x0000000000000300 info2 0x0000000000000000 intr_info 0x00000000 error_code 0x00000000",
        "vCPU 0  CrAccess: ",
        "CR0",
        "RIP 0x1000"
    )]
    // trace-cmd report, Linux 4.19.
    [InlineData(
        "       qemu-kvm-4711  [003]  1234.567890: kvm_exit:             reason EXCEPTION_NMI rip 0x1000 info 0 80000b0e",
        "ExceptionOrNmi",
        "HardwareException #PF (vector 14)  RIP",
        "RIP 0x1000"
    )]
    // trace-cmd report by its plugin, Linux 6.1: the second number is the event that was being delivered.
    [InlineData(
        "       qemu-kvm-4711  [003]  1234.567890: kvm_exit:             reason EPT_VIOLATION rip 0x1000 info 181 800000ec",
        "EptViolation: DataRead",
        "while delivering ExternalInterrupt vector 0xEC",
        "RIP 0x1000"
    )]
    // Linux 5.4 with a vCPU, and an old name.
    [InlineData("x-1 [000] 1.5: kvm_exit: vcpu 1 reason PENDING_INTERRUPT rip 0x5 info 0 0", "vCPU 1  InterruptWindow", "1.5", "RIP 0x5")]
    // A failed entry, as a number and as a flag.
    [InlineData("x-1 [000] 1.5: kvm_exit: reason 0x80000021 rip 0x5 info 0 0", "EntryFailureInvalidGuestState", "EntryFailure", "RIP 0x5")]
    [InlineData(
        "x-1 [000] 1.5: kvm_exit: vcpu 0 reason INVALID_STATE FAILED_VMENTRY rip 0x5 info1 0x0000000000000000 info2 0x0000000000000000 intr_info 0x00000000 error_code 0x00000000",
        "EntryFailureInvalidGuestState",
        "EntryFailure",
        "RIP 0x5"
    )]
    // A nested guest, before 5.10 and since.
    [InlineData(
        "x-1 [000] 1.5: kvm_nested_vmexit: rip: 0x0000000000000007 reason: HLT ext_inf1: 0x0000000000000000 ext_inf2: 0x0000000000000000 ext_int: 0x00000000 ext_int_err: 0x00000000",
        "Hlt",
        "of a nested guest",
        "RIP 0x7"
    )]
    [InlineData(
        "x-1 [000] 1.5: kvm_nested_vmexit: vcpu 4 reason MSR_READ rip 0x7 info1 0x0000000000000000 info2 0x0000000000000000 intr_info 0x00000000 error_code 0x00000000",
        "vCPU 4  Rdmsr",
        "of a nested guest",
        "RIP 0x7"
    )]
    [InlineData("x-1 [000] 1.5: kvm_entry: vcpu 3, rip 0xfff0", "vCPU 3  entry", "1.5", "RIP 0xFFF0")]
    [InlineData("x-1 [000] 1.5: kvm_entry: vcpu 3, rip 0xfff0[immediate exit]", "vCPU 3  entry", "1.5", "RIP 0xFFF0")]
    [InlineData("x-1 [000] 1.5: kvm_entry: vcpu 3", "vCPU 3  entry", "1.5", "entry")]
    // AMD's, of Linux 6.1, and before 5.10.
    [InlineData(
        "          dotnet-142     [000] .....  2452.138268: kvm_exit: vcpu 0 reason npf rip 0x1000 info1 0x0000000100000014 info2 0x0000000000001000 intr_info 0x00000000 error_code 0x00000000",
        "vCPU 0  Npf: fetch, not present (User, Fetch, FinalAddress)",
        "guest physical 0x1000",
        "RIP 0x1000"
    )]
    [InlineData(
        "x-1 [000] 1.5: kvm_exit: vcpu 1 reason io rip 0x5 info 100021 1007",
        "Io: 16-bit IN from port 0x10",
        "next RIP 0x1007",
        "RIP 0x5"
    )]
    [InlineData(
        "x-1 [000] 1.5: kvm_exit: vcpu 0 reason PF excp rip 0x9 info1 0x2 info2 0x1000 intr_info 0x80000b0d error_code 0x00000018",
        "PfExcp: write, not present (Write); address 0x1000; while",
        "while delivering HardwareException #GP (vector 13), error code 0x18",
        "RIP 0x9"
    )]
    // A number for which Linux has no name: RDPRU by the header.
    [InlineData("x-1 [000] 1.5: kvm_exit: reason 0x8e rip 0x5 info 0 0", "1.5  Rdpru  RIP", "1.5", "RIP 0x5")]
    // What the manual says nothing of is told as it is.
    [InlineData("x-1 [000] 1.5: kvm_exit: reason 0x8e rip 0x5 info 7 9", "Rdpru: ", "EXITINFO1 0x7, EXITINFO2 0x9", "RIP 0x5")]
    [InlineData("x-1 [000] 1.5: kvm_exit: reason whatever rip 0x5 info 0 0", "whatever (no exit reason of VMX or SVM)", "1.5", "RIP 0x5")]
    public void A_line_is_told_in_words(string line, string words, string more, string rip)
    {
        var run = ToolRun.Of(Encoding.ASCII.GetBytes($"# tracer: nop\n#\n{line}\n"), "decode", "-");

        Assert.Equal(0, run.ExitCode);
        Assert.Empty(run.Error);
        var text = run.Output.Split('\n')[0];
        Assert.Contains(words, text, StringComparison.Ordinal);
        Assert.Contains(more, text, StringComparison.Ordinal);
        Assert.Contains(rip, text, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_exit_reason_of_the_kernels_header_is_known_by_the_name_that_the_kernel_prints()
    {
        Tools.RequireOrSkip();
        using var directory = new ScratchDirectory();
        var macros = Tools.Run("gcc", "-E", "-dM", directory.Write("vmx.c", "#include <asm/vmx.h>\n"));
        var reasons = ReasonMacro()
            .Matches(macros)
            .ToDictionary(static one => one.Groups[1].Value, static one => uint.Parse(one.Groups[2].Value));

        Assert.True(reasons.Count > 55);
        Assert.All(
            reasons,
            static one =>
            {
                Assert.True(ExitReasonNames.TryFind(one.Key, out var reason), one.Key);
                Assert.Equal(one.Value, (uint)reason.BasicReason);
            }
        );
    }

    [Fact]
    public void Every_exit_of_SVM_is_known_by_the_name_that_the_kernels_header_gives_to_its_number()
    {
        Tools.RequireOrSkip();
        using var directory = new ScratchDirectory();
        const string Program = """
            #include <stdio.h>
            #include <asm/kvm.h>
            #include <asm/svm.h>
            struct { unsigned int code; const char *name; } names[] = { SVM_EXIT_REASONS };
            int main(void) { for (int i = 0; i < sizeof names / sizeof *names; i++) printf("%u %s\n", names[i].code, names[i].name); }
            """;
        var source = directory.Write("names.c", Program);
        Tools.Run("gcc", "-o", $"{source}.out", source);
        var names = Tools.Run($"{source}.out").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Split(' ', 2));

        Assert.True(names.Count() > 100);
        Assert.All(
            names,
            static one =>
            {
                Assert.True(SvmExitNames.TryFind(one[1], out var code), one[1]);
                Assert.Equal(one[0], $"{(uint)code}");
                Assert.Equal(one[1], SvmExitNames.NameOf(code));
            }
        );
    }

    [Fact]
    public void Exits_are_counted_by_reason_and_told_to_programs_line_by_line()
    {
        var lines = string.Concat(
            Enumerable
                .Range(0, 30)
                .Select(static i => $"x-1 [000] {i}.5: kvm_exit: vcpu 0 reason {(i % 3 == 0 ? "HLT" : "CPUID")} rip 0x{i:x} info 0 0\n")
        );

        var run = ToolRun.Of(Encoding.ASCII.GetBytes(lines), "decode", "-");
        var json = ToolRun.Of(Encoding.ASCII.GetBytes(lines), "decode", "-", "--json").Output.Trim().Split('\n');

        Assert.Contains("20  66.7 %  CPUID", run.Output, StringComparison.Ordinal);
        Assert.Equal(30, json.Length);
        Assert.Equal("0x1D", JsonDocument.Parse(json[^1]).RootElement.GetProperty("rip").GetString());
    }

    [Fact]
    public void A_damaged_line_is_told_with_its_place_and_left_out()
    {
        var run = ToolRun.Of(
            "x-1 [000] 1.5: kvm_exit: vcpu 0 reason HLT rip 0x1 info 0 0\nx-1 [000] 1.6: kvm_exit: vcpu 0 rea\n"u8.ToArray(),
            "decode",
            "-"
        );

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("line 2, byte 85: there is no 'reason'", run.Error, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"#define EXIT_REASON_(\w+) (\d+)\s")]
    private static partial Regex ReasonMacro();
}
