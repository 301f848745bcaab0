using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using VmcsGen.Oracle.Tests.Headers;
using Xunit;

namespace VmcsGen.Tool.Tests.Traces;

/// <summary>EXITINFO1 and EXITINFO2 of SVM's exits, with what other programs take them for.</summary>
public partial class SvmExitTests
{
    [Theory]
    // kvm-unit-tests, x86/svm_npt.c: a page without user access, without execution, without presence, read-only; a page table that is
    // read-only; reserved bits in an entry.
    [InlineData("npf", 0x1_0000_0005, 0x1000, "read, not allowed (Present, User, FinalAddress); guest physical 0x1000")]
    [InlineData("npf", 0x1_0000_0015, 0x1000, "fetch, not allowed (Present, User, Fetch, FinalAddress)")]
    [InlineData("npf", 0x1_0000_0004, 0x1000, "read, not present (User, FinalAddress)")]
    [InlineData("npf", 0x1_0000_0007, 0x1000, "write, not allowed (Present, Write, User, FinalAddress)")]
    [InlineData("npf", 0x2_0000_0007, 0x1000, "write, not allowed (Present, Write, User, GuestPageTable)")]
    [InlineData("npf", 0x2_0000_000F, 0x1000, "write, a reserved bit is set (Present, Write, User, ReservedBit, GuestPageTable)")]
    // Linux arch/x86/include/asm/kvm_host.h, PFERR_: PK 5, SS 6, GUEST_RMP 31, GUEST_ENC 34, GUEST_SIZEM 35, GUEST_VMPL 36.
    [InlineData("npf", 0x1D_8000_0007, 0, "(Present, Write, User, Rmp, FinalAddress, Encrypted, SizeMismatch, Vmpl)")]
    [InlineData("PF excp", 0x65, 0xFFF8, "read, not allowed (Present, User, ProtectionKey, ShadowStack); address 0xFFF8")]
    [InlineData("PF excp", 0, 0, "read, not present; address 0x0")]
    // AMD APM 2, 15.12: other exceptions with and without an error code.
    [InlineData("GP excp", 0x18, 0, "GpExcp: error code 0x18")]
    [InlineData("UD excp", 0, 0, "UdExcp  RIP")]
    // Linux arch/x86/include/asm/svm.h, SVM_IOIO_: TYPE 0, STR 2, REP 3, SIZE 4, ASIZE 7. AMD APM 2, 15.10.2:
    // SEG 12:10, in the order of segment overrides.
    [InlineData("io", 0x03F8_0010, 0x1002, "8-bit OUT to port 0x3F8; next RIP 0x1002")]
    [InlineData("io", 0x0CFC_0041, 0x1002, "32-bit IN from port 0xCFC; next RIP 0x1002")]
    [InlineData("io", 0x01F0_022D, 0x1002, "16-bit REP INS from port 0x1F0, address size 64; next RIP 0x1002")]
    [InlineData("io", 0x03F8_0D14, 0x1002, "8-bit OUTS to port 0x3F8, address size 32, segment DS; next RIP 0x1002")]
    // Linux arch/x86/kvm/svm/svm.c, msr_interception.
    [InlineData("msr", 0, 0, "Msr: RDMSR  RIP")]
    [InlineData("msr", 1, 0, "Msr: WRMSR  RIP")]
    // Linux, SVM_EXITINFO_REG_MASK 0xF and CR_VALID, bit 63; registers in the order of their numbers in instructions.
    [InlineData("read_cr0", 0x8000_0000_0000_0003, 0, "ReadCr0: MOV RBX, CR0")]
    [InlineData("write_cr4", 0x8000_0000_0000_000F, 0, "WriteCr4: MOV CR4, R15")]
    [InlineData("cr0_sel_write", 0x8000_0000_0000_0000, 0, "Cr0SelWrite: MOV CR0, RAX")]
    [InlineData("write_cr0", 0, 0, "WriteCr0  RIP")]
    [InlineData("read_dr7", 0x6, 0, "ReadDr7: MOV RSI, DR7  RIP")]
    [InlineData("write_dr6", 0, 0, "WriteDr6: MOV DR6, RAX, or another register without decode assists")]
    // Linux, cr_trap and efer_trap: EXITINFO1 has the new value.
    [InlineData("write_cr4_trap", 0x3506F0, 0, "CR4 is now 0x3506F0")]
    [InlineData("write_efer_trap", 0xD01, 0, "EFER is now 0xD01")]
    [InlineData("invlpg", 0x7F00_1234_5000, 0, "Invlpg: address 0x7F0012345000")]
    [InlineData("swint", 0x80, 0, "Swint: INT 0x80")]
    // Linux, invpcid_interception: the address of the descriptor, and the type.
    [InlineData("invpcid", 0x9000, 2, "type 2, descriptor at 0x9000")]
    // Linux arch/x86/include/asm/svm.h, SVM_EXITINFOSHIFT_TS_: REASON_IRET 36, REASON_JMP 38, HAS_ERROR_CODE 44.
    [InlineData("task_switch", 0x28, 0x10_0000_0000, "to TSS 0x28 by IRET  RIP")]
    [InlineData("task_switch", 0x28, 0x40_0000_0000, "to TSS 0x28 by far jump  RIP")]
    [InlineData("task_switch", 0x30, 0x1_1000_0000_0018, "to TSS 0x30 by CALL or an event; error code 0x18; RF 1")]
    [InlineData("hlt", 0, 0, "Hlt  RIP")]
    public void What_an_exit_says_of_its_cause_is_told_in_words(string reason, ulong info1, ulong info2, string words)
    {
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"x-1 [000] 1.5: kvm_exit: vcpu 0 reason {reason} rip 0x9 info1 0x{info1:x16} info2 0x{info2:x16} intr_info 0x00000000 error_code 0x00000000\n"
        );

        var run = ToolRun.Of(Encoding.ASCII.GetBytes(line), "decode", "-");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains(words, run.Output, StringComparison.Ordinal);
    }

    // Two guests, each of which reads port 0x10 in 16 bits, goes on behind that, and at last writes port 0x11 in 8 bits.
    [Fact]
    public void Accesses_to_ports_of_a_recorded_guest_end_where_it_is_entered_next()
    {
        var trace = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Traces", "Recorded", "amd", "trace.txt"));
        var told = ToolRun.Of(Encoding.ASCII.GetBytes(trace), "decode", "-").Output.Split('\n');

        var reads = told.Where(static line => line.Contains("16-bit IN from port 0x10;", StringComparison.Ordinal));

        Assert.Equal(
            EntryBehindRead().Matches(trace).Select(static match => match.Groups["rip"].Value),
            reads.Select(static line => NextRip().Match(line).Groups["rip"].Value.ToLowerInvariant())
        );
        Assert.Equal(2, reads.Count());
        Assert.Equal(2, told.Count(static line => line.Contains("8-bit OUT to port 0x11;", StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_exit_code_of_the_header_is_found_by_number_and_name()
    {
        Tools.RequireOrSkip();
        using var directory = new ScratchDirectory();
        var macros = Tools.Run("gcc", "-E", "-dM", directory.Write("svm.c", "#include <asm/svm.h>\n"));
        var codes = Code()
            .Matches(macros)
            .Select(static one => (Name: one.Groups["name"].Value, Number: one.Groups["number"].Value))
            .ToArray();

        Assert.True(codes.Length > 90);
        Assert.All(
            codes,
            static code =>
            {
                var byNumber = ToolRun.Of("exit", code.Number);
                var byName = ToolRun.Of("exit", code.Name);

                Assert.Contains($"({code.Name}): exit code ", byNumber.Output, StringComparison.Ordinal);
                Assert.Contains($"({code.Name}): exit code ", byName.Output, StringComparison.Ordinal);
            }
        );
    }

    [GeneratedRegex(@"reason io rip .* info1 0x0*100021 .*\n.*kvm_entry: .*rip 0x(?<rip>[0-9a-f]+)")]
    private static partial Regex EntryBehindRead();

    [GeneratedRegex("next RIP 0x(?<rip>[0-9A-F]+)")]
    private static partial Regex NextRip();

    // Not the bounds of the exceptions, which are no exits of their own.
    [GeneratedRegex("#define (?<name>SVM_EXIT_(?!EXCP_BASE|LAST_EXCP)\\w+) (?<number>0x[0-9a-f]+|-1)\\s")]
    private static partial Regex Code();
}
