using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using VmcsGen.Tool.Dumps;
using VmcsGen.Tool.Tests.Printers;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Entry;
using VmcsGen.Vmx.Tests;
using Xunit;

namespace VmcsGen.Tool.Tests.Why;

/// <summary>
/// VMCSs that break a rule, and others with fields changed at random, printed as each kernel prints them, in the ways in which logs reach
/// people: what is read back is what was printed, and so are the findings.
/// </summary>
public class RoundTripTests
{
    private static readonly EntryCase[] s_cases =
    [
        .. ControlCases.All,
        .. InjectionCases.All,
        .. HostCases.All,
        .. GuestCases.All,
        .. GuestStateCases.All,
    ];

    private static readonly (string Name, Func<PrintedVmcs, string> Send)[] s_ways =
    [
        ("plain", static printed => printed.Text("")),
        ("journal", static printed => printed.Text("Jun 24 17:25:51 testhost kernel: ")),
        ("dmesg", static printed => printed.Text("[ 2311.499058] kvm_intel: ")),
        ("dmesg with thread", static printed => printed.Text("[   33.881551][ T1234] ")),
        ("syslog with both", static printed => printed.Text("2022-06-24T17:25:51.123456+02:00 host kernel: [12345.678901] ")),
        ("trace", static printed => printed.Text("<6>[  123.456789] ")),
        ("quoted", static printed => printed.Text("> ")),
        (
            "quoted twice and wrapped",
            static printed => printed.Wrapped("> > ", 72).Replace("\n", "\n> > ", StringComparison.Ordinal).TrimEnd(' ', '>')
        ),
        ("mail", static printed => printed.Wrapped("(XEN) [2019-11-02 14:09:46] ", 72)),
        ("mail of a journal", static printed => printed.Wrapped("Jun 24 17:25:51 testhost kernel: ", 76)),
        ("CRLF", static printed => printed.Text("[    1.000000] ").Replace("\n", "\r\n", StringComparison.Ordinal)),
    ];

    public static TheoryData<string> Dialects => ["4.19", "5.13", "5.18", "6.18", "Xen", "Xen 4.20", "HAXM"];

    [Theory]
    [MemberData(nameof(Dialects))]
    public void What_a_kernel_prints_is_read_back_and_gives_the_same_findings(string dialect)
    {
        var random = new Random(dialect.Length);
        var found = 0;
        foreach (var one in s_cases)
        {
            var scene = one.Start();
            one.Break(scene);
            for (var round = 0; round < 4; round++)
            {
                var fields = SceneFields.Of(scene);
                if (round != 0)
                    Change(fields, random);
                fields[VmcsField.ExitReason] = 0x8000_0021;
                var printed = Print(fields, dialect);
                var (name, send) = s_ways[random.Next(s_ways.Length)];
                var log = send(printed);

                var dump = Assert.Single(Read(log, out var problems));

                Assert.Empty(problems);
                Assert.Equal(printed.Fields.OrderBy(static field => field.Key), dump.Fields.OrderBy(static field => field.Key));
                Assert.Equal(
                    dialect.Contains("Xen", StringComparison.Ordinal) ? DumpDialect.Xen
                        : dialect == "HAXM" ? DumpDialect.Haxm
                        : DumpDialect.Kvm,
                    dump.Dialect
                );
                var expected = VmEntryChecker.CheckKnown(printed.Fields, scene.Msrs, scene.Context);
                var report = VmEntryChecker.CheckKnown(dump.Fields, scene.Msrs, scene.Context);
                Assert.True(expected.ToString() == report.ToString(), $"{one.Rule}, {name}:\n{log}\n{report}");
                found += report.Violations.Count;
            }
        }
        Assert.True(found > 200, $"{found} broken rules were found: the VMCSs are too good.");
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public void Dumps_that_follow_one_another_are_told_apart(string dialect)
    {
        var random = new Random(7);
        foreach (var (_, send) in s_ways)
        {
            var printed = Enumerable
                .Range(0, 3)
                .Select(_ =>
                {
                    var fields = SceneFields.Of(EntryCase.Long());
                    Change(fields, random);
                    return Print(fields, dialect);
                })
                .ToArray();

            var dumps = Read(string.Concat(printed.Select(send)), out var problems);

            Assert.Empty(problems);
            Assert.Equal(3, dumps.Count);
            Assert.All(
                dumps.Zip(printed),
                static pair => Assert.Equal(pair.Second.Fields.OrderBy(static f => f.Key), pair.First.Fields.OrderBy(static f => f.Key))
            );
        }
    }

    [Fact]
    public void Dumps_of_two_threads_whose_lines_alternate_are_told_apart()
    {
        var random = new Random(9);
        var printed = new PrintedVmcs[2];
        for (var i = 0; i < 2; i++)
        {
            var fields = SceneFields.Of(EntryCase.Long());
            Change(fields, random);
            printed[i] = Print(fields, "5.18");
        }
        var log = new StringBuilder();
        for (var line = 0; line < printed.Max(static one => one.Lines.Count); line++)
        {
            for (var i = 0; i < 2; i++)
            {
                if (line < printed[i].Lines.Count)
                    log.Append($"[  100.000000][ T100{i}] {printed[i].Lines[line]}\n");
            }
        }

        var dumps = Read(log.ToString(), out var problems);

        Assert.Empty(problems);
        Assert.Equal(2, dumps.Count);
        Assert.All(
            dumps.Zip(printed),
            static pair => Assert.Equal(pair.Second.Fields.OrderBy(static f => f.Key), pair.First.Fields.OrderBy(static f => f.Key))
        );
    }

    [Fact]
    public void CET_of_the_host_behind_the_controls_is_the_hosts()
    {
        var dump = Assert.Single(
            Read(
                """
                *** Guest State ***
                CR3 = 0x0000000000001000
                S_CET = 0x0000000000000001
                SSP = 0x0000000000002000
                INTR SSP TABLE = 0x0000000000003000
                *** Host State ***
                CR0=0000000080050033 CR3=00000000063fe000 CR4=0000000000752ef0
                *** Control State ***
                Virtual processor ID = 0x0001
                S_CET = 0x0000000000000004
                SSP = 0x0000000000005000
                INTR SSP TABLE = 0x0000000000006000

                """,
                out _
            )
        );

        Assert.Equal(
            [1UL, 0x2000UL, 0x3000UL, 4UL, 0x5000UL, 0x6000UL],
            new[]
            {
                VmcsField.GuestIa32SCet,
                VmcsField.GuestSsp,
                VmcsField.GuestIa32InterruptSspTableAddr,
                VmcsField.HostIa32SCet,
                VmcsField.HostSsp,
                VmcsField.HostIa32InterruptSspTableAddr,
            }.Select(field => dump.Fields[field])
        );
    }

    private static PrintedVmcs Print(Dictionary<VmcsField, ulong> fields, string dialect) =>
        dialect switch
        {
            "HAXM" => HaxmPrinter.Print(fields),
            "Xen" => XenPrinter.Print(fields, hasTertiary: false),
            "Xen 4.20" => XenPrinter.Print(fields, hasTertiary: true),
            _ => KvmPrinter.Print(
                fields,
                int.Parse(dialect.Replace(".", "", StringComparison.Ordinal), System.Globalization.CultureInfo.InvariantCulture)
            ),
        };

    private static List<Dump> Read(string log, out List<LogProblem> problems)
    {
        problems = [];
        using var stream = new MemoryStream(Encoding.Latin1.GetBytes(log));
        return [.. DumpReader.Read(stream, problems.Add)];
    }

    private static void Change(Dictionary<VmcsField, ulong> fields, Random random)
    {
        foreach (var field in fields.Keys.Where(_ => random.Next(100) < 10).ToArray())
        {
            var bits = 8 * field.Size;
            var value = random.Next(2) == 0 ? fields[field] ^ 1UL << random.Next(bits) : (ulong)random.NextInt64() << 1;
            fields[field] = bits == 64 ? value : value & ((1UL << bits) - 1);
        }
    }
}
