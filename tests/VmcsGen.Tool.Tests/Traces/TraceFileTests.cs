using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using VmcsGen.Tool.Images;
using VmcsGen.Tool.Tests.Images;
using VmcsGen.Tool.TraceFiles;
using Xunit;

namespace VmcsGen.Tool.Tests.Traces;

/// <summary>
/// Traces that are no text. What the kernel printed of the same records is the expectation; the recordings are of kvm_amd and kvm_intel in
/// the labs, Linux 6.1.
/// </summary>
public class TraceFileTests
{
    private static readonly string[] s_points = ["kvm_exit", "kvm_entry"];

    public static TheoryData<string> Hosts => [.. Directory.GetDirectories(Recorded("")).Select(static path => Path.GetFileName(path)!)];

    [Theory]
    [MemberData(nameof(Hosts))]
    public void Pages_with_their_formats_say_what_the_kernel_printed_of_them(string host) =>
        Same(
            Text(host),
            ToolRun.Of("decode", Path.Combine(Recorded(host), "pages.bin"), "--as", "trace-pages", "--formats", Recorded(host), "--json")
        );

    [Theory]
    [MemberData(nameof(Hosts))]
    public void A_file_of_any_version_says_what_the_kernel_printed(string host)
    {
        foreach (var file in Files([Pages(host)], host))
            Same(Text(host), Decode(file));
    }

    [Fact]
    public void Events_of_several_processors_come_in_the_order_of_their_times()
    {
        var host = Hosts.First().Data;
        var pages = Pages(host);

        foreach (
            var file in Files(
                [
                    [.. pages, .. pages],
                    [],
                    pages,
                ],
                host
            )
        )
        {
            var events = Decode(file).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            var times = events.Select(static one => decimal.Parse(one.Split("\"time\":\"")[1].Split('"')[0])).ToArray();

            // The pages of the first come again, later in its order and earlier by their times.
            Assert.Equal(3 * Text(host).Length, events.Length);
            Assert.Equal(
                Enumerable.Range(1, events.Length),
                events.Select(static one => int.Parse(one.Split("\"line\":")[1].Split(',')[0]))
            );
            Assert.Equal(times[0], times[1]);
        }
    }

    [Fact]
    public void A_page_before_which_events_were_lost_is_told()
    {
        var host = Hosts.First().Data;
        var pages = Pages(host);
        pages[11] |= 0x80;

        var run = Decode(Files([pages], host).First());

        Assert.Contains("CPU 0 lost events before this page", run.Error, StringComparison.Ordinal);
        Same(Text(host), run with { Error = "" });
    }

    [Fact]
    public void What_cannot_be_read_is_told_with_what_to_do()
    {
        var host = Hosts.First().Data;
        var good = Files([Pages(host)], host).First();

        MustFail(good[..500], "bytes are needed, but it ends at byte 500");
        MustFail([.. good[..10], (byte)'5', .. good[11..]], "version '5' of its format; 6 and 7 are read");
        MustFail([.. good[..12], 1, .. good[13..]], "byte 12: the trace is of a big-endian machine");
        MustFail(TraceFileWriter.Version6([Pages(host)], []), "KVM's events were not recorded");
        var pipe = Assert.Throws<InputException>(() => TraceFile.Open(new HeadStream(good, Stream.Null)));
        Assert.Contains("name the file itself, and not a pipe", pipe.Message, StringComparison.Ordinal);
        var pages = ToolRun.Of(Pages(host), "decode", "-", "--as", "trace-pages");
        Assert.Contains("--formats", pages.Error, StringComparison.Ordinal);
        var formats = ToolRun.Of(Pages(host), "decode", "-", "--as", "trace-pages", "--formats", Path.GetTempPath());
        Assert.Contains("there is no kvm/kvm_exit/format", formats.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Processors_with_the_same_pages_are_refused_so_that_a_file_costs_no_more_than_its_size()
    {
        var host = Hosts.First().Data;
        const int Count = 8;
        var file = Files([.. Enumerable.Repeat(Pages(host), Count)], host).First();
        // Each processor has a place and a size: from the first's place to the end of the file.
        const string Kind = "flyrecord\0";
        var places = Encoding.Latin1.GetString(file).IndexOf(Kind, StringComparison.Ordinal) + Kind.Length;
        var start = BitConverter.ToUInt64(file, places);
        for (var cpu = 0; cpu < Count; cpu++)
        {
            BitConverter.GetBytes(start).CopyTo(file, places + (16 * cpu));
            BitConverter.GetBytes((ulong)file.Length - start).CopyTo(file, places + (16 * cpu) + 8);
        }

        MustFail(file, "of CPU 1");
    }

    internal static byte[] GoodFile(bool isCompressed)
    {
        var host = Hosts.First().Data;
        return TraceFileWriter.Version7([Pages(host)], Formats(host), isCompressed);
    }

    private static IEnumerable<byte[]> Files(IReadOnlyList<byte[]> cpus, string host) =>
        [
            TraceFileWriter.Version6(cpus, Formats(host)),
            TraceFileWriter.Version7(cpus, Formats(host), isCompressed: false),
            TraceFileWriter.Version7(cpus, Formats(host), isCompressed: true),
            TraceFileWriter.Version7(cpus, Formats(host), isCompressed: true, pagesPerChunk: 1),
        ];

    private static ToolRun Decode(byte[] bytes)
    {
        using var file = new TemporaryFile(bytes);
        return ToolRun.Of("decode", file.Path, "--json");
    }

    private static void MustFail(byte[] bytes, string error)
    {
        var run = Decode(bytes);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(error, run.Error, StringComparison.Ordinal);
    }

    // But for what text has less of: nanoseconds.
    private static void Same(string[] expected, ToolRun run)
    {
        Assert.Empty(run.Error);
        Assert.Equal(expected, Rounded(run.Output));
    }

    private static string[] Text(string host) =>
        Rounded(ToolRun.Of(File.ReadAllBytes(Path.Combine(Recorded(host), "trace.txt")), "decode", "-", "--json").Output);

    private static string[] Rounded(string output) =>
        [
            .. output
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(static line =>
                {
                    var (head, rest) = (line.Split("\"time\":\"")[0], line.Split("\"time\":\"")[1]);
                    var time = decimal.Parse(rest.Split('"')[0]);
                    return $"{head.Split("\"event\"")[1]}{decimal.Round(time, 6):F6}{rest[rest.IndexOf('"', StringComparison.Ordinal)..]}";
                }),
        ];

    private static byte[] Pages(string host) => File.ReadAllBytes(Path.Combine(Recorded(host), "pages.bin"));

    private static string[] Formats(string host) =>
        [.. s_points.Select(point => File.ReadAllText(Path.Combine(Recorded(host), point, "format"), Encoding.Latin1))];

    private static string Recorded(string host) => Path.Combine(AppContext.BaseDirectory, "Traces", "Recorded", host);
}
