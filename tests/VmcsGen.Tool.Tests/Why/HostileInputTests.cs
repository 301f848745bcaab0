using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using Xunit;

namespace VmcsGen.Tool.Tests.Why;

/// <summary>Input that is no log, or a damaged one: an error that says where, in bounded time.</summary>
public class HostileInputTests
{
    private static readonly byte[][] s_logs = [.. Directory.GetFiles(ToolRun.DumpPath(""), "*.txt").Select(File.ReadAllBytes)];

    [Fact]
    public void An_empty_log_has_no_dump() => MustFail(ToolRun.Of([], "why", "-"), "there is no VMCS dump");

    [Fact]
    public void A_file_that_is_not_there_is_named() => MustFail(ToolRun.Of("why", "/no/such/file"), "/no/such/file");

    [Fact]
    public void A_folder_is_no_log() => MustFail(ToolRun.Of("why", Path.GetTempPath()), "cannot be read");

    [Fact]
    public void A_NUL_byte_is_told_with_line_and_offset() =>
        MustFail(ToolRun.Of("text\nmore\0\0text\n"u8.ToArray(), "why", "-"), "line 2, byte 9: a NUL byte");

    [Fact]
    public void A_line_of_10_MiB_is_told_and_costs_no_more_than_its_reading()
    {
        var log = new byte[10 << 20];
        log.AsSpan().Fill((byte)'A');
        var watch = Stopwatch.StartNew();
        MustFail(ToolRun.Of(log, "why", "-"), "line 1, byte 4096: the line is longer than 4096 bytes");
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 10);
    }

    [Fact]
    public void Lines_that_are_all_beginnings_of_a_dumps_lines_take_bounded_time()
    {
        var text = string.Concat(Enumerable.Repeat("CR0: actual= shadow CS: sel= EFER = 0 RIP = 0x1 RSP CR3 ", 20_000));
        var watch = Stopwatch.StartNew();
        ToolRun.Why(text.Replace(" RIP", "\nRIP", StringComparison.Ordinal));
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 20);
    }

    [Fact]
    public void A_value_that_is_none_is_told_with_line_and_offset()
    {
        var run = ToolRun.Why("*** Guest State ***\nCR3 = 0x1000\nRSP = 0xzz  RIP = 0x0\n");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("line 3, byte 39: '0xzz' is no value of 'RSP'", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_wider_than_its_field_is_not_taken()
    {
        var run = ToolRun.Why("*** Guest State ***\nCR3 = 0x1000\nInterruptibility = 100000000  ActivityState = 00000000\n", "--json");

        Assert.Contains("'100000000' is no value of 'Interruptibility'", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("\"GuestInterruptibilityState\": \"0x", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Capabilities_that_are_no_JSON_are_told_with_line_and_byte()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "{\n  \"format\": 1,\n  oops\n}");
            MustFail(ToolRun.Of("why", ToolRun.DumpPath("04-kvm-windows-smm-tdp.txt"), "-c", file), "line 3, byte 2");
            File.WriteAllText(file, """{"format":1,"kvm":null,"cpuid":null,"vmxMsrs":{"0x488":5},"missing":[]}""");
            MustFail(
                ToolRun.Of("why", ToolRun.DumpPath("04-kvm-windows-smm-tdp.txt"), "-c", file),
                "not what 'vmcsgen host --json' writes"
            );
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Random_bytes_and_damaged_logs_end_in_an_answer_or_an_error()
    {
        var random = new Random(1);
        for (var round = 0; round < 800; round++)
        {
            var log = round % 4 == 0 ? new byte[random.Next(2000)] : (byte[])s_logs[random.Next(s_logs.Length)].Clone();
            switch (round % 4)
            {
                case 0:
                    random.NextBytes(log);
                    break;
                case 1:
                    log = log[..random.Next(log.Length)];
                    break;
                case 2:
                    for (var i = 0; i < 50; i++)
                        log[random.Next(log.Length)] = (byte)random.Next(256);
                    break;
                default:
                    // Pieces of lines in any order.
                    var lines = Encoding.Latin1.GetString(log).Split('\n');
                    random.Shuffle(lines);
                    log = Encoding.Latin1.GetBytes(string.Join('\n', lines.Select(line => line[..random.Next(line.Length + 1)])));
                    break;
            }
            var run = ToolRun.Of(log, "why", "-", "--json");
            Assert.InRange(run.ExitCode, 0, 2);
            Assert.Equal(run.ExitCode == 2, run.Output.Length == 0);
        }
    }

    [Fact]
    public void Of_a_truncated_log_nothing_is_broken_that_the_whole_does_not_break()
    {
        foreach (var log in s_logs)
        {
            var whole = ToolRun.Of(log, "why", "-").Output;
            for (var length = 0; length < log.Length; length += 37)
            {
                var part = ToolRun.Of(log[..length], "why", "-");
                Assert.True(part.ExitCode != 1 || whole.Contains("is broken", StringComparison.Ordinal), $"{length}: {part.Output}");
            }
        }
    }

    private static void MustFail(ToolRun run, string error)
    {
        Assert.Equal(2, run.ExitCode);
        Assert.Empty(run.Output);
        Assert.Contains(error, run.Error, StringComparison.Ordinal);
    }
}
