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

    public static TheoryData<string> Dialects => [.. PrintedLog.Dialects];

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
                var printed = PrintedLog.Print(fields, dialect);
                var (name, send) = PrintedLog.Ways[random.Next(PrintedLog.Ways.Length)];
                var log = send(printed);

                var dump = Assert.Single(PrintedLog.Read(log, out var problems));

                Assert.Empty(problems);
                Assert.Equal(printed.Fields.OrderBy(static field => field.Key), dump.Fields.OrderBy(static field => field.Key));
                Assert.Equal(PrintedLog.WriterOf(dialect), dump.Dialect);
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
        foreach (var (_, send) in PrintedLog.Ways)
        {
            var printed = Enumerable
                .Range(0, 3)
                .Select(_ =>
                {
                    var fields = SceneFields.Of(EntryCase.Long());
                    Change(fields, random);
                    return PrintedLog.Print(fields, dialect);
                })
                .ToArray();

            var dumps = PrintedLog.Read(string.Concat(printed.Select(send)), out var problems);

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
            printed[i] = PrintedLog.Print(fields, "5.18");
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

        var dumps = PrintedLog.Read(log.ToString(), out var problems);

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
            PrintedLog.Read(
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
