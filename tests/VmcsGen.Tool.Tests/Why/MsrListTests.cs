using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using VmcsGen.Tool.Dumps;
using VmcsGen.Tool.Findings;
using VmcsGen.Tool.Tests.Printers;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Entry;
using VmcsGen.Vmx.Structures;
using VmcsGen.Vmx.Tests;
using Xunit;

namespace VmcsGen.Tool.Tests.Why;

/// <summary>
/// The lists of MSRs that KVM prints since Linux 5.13, by the format strings of vmx_dump_msrs: what is found of them is what the checker
/// finds that reads the area in memory.
/// </summary>
public class MsrListTests
{
    private static readonly EntryCase[] s_cases =
    [
        // KVM prints no reserved bits.
        .. GuestStateCases.All.Where(static one =>
            one.Rule.StartsWith("MsrLoad", StringComparison.Ordinal) && one.Rule != "MsrLoadReservedBits"
        ),
    ];

    [Theory]
    [InlineData("5.13")]
    [InlineData("5.18")]
    [InlineData("6.18")]
    public void Broken_entry_is_named_as_by_the_checker_that_reads_memory(string version)
    {
        Assert.True(s_cases.Length > 8);
        foreach (var one in s_cases)
        {
            var scene = one.Start();
            one.Break(scene);
            var expected = VmEntryChecker.Check(scene.Vmcs, scene.Capabilities, scene.Context).Violations;
            foreach (var (name, send) in PrintedLog.Ways)
            {
                var dump = Assert.Single(PrintedLog.Read(send(Print(scene, version)), out var problems));

                Assert.Empty(problems);
                Assert.Equal(EntriesOf(scene).Select(Text), dump.EntryMsrs!.Select(Text));
                var context = scene.Context with { Memory = null };
                var found = VmEntryChecker.CheckKnown(dump.Fields, scene.Msrs, context, dump.EntryMsrs).Violations;
                Assert.Contains(one.Rule, expected.Select(static violation => violation.Rule.Name));
                Assert.Equal(expected.Select(static violation => violation.Finding), found.Select(static violation => violation.Finding));
            }
        }
    }

    [Fact]
    public void Entries_of_other_lists_and_of_none_are_not_of_the_VM_entrys()
    {
        const string Log = """
            *** Guest State ***
              0: msr=0x00000100 value=0x0000000000000001
            CR3 = 0x0000000000001000
            MSR guest autostore:
               0: msr=0x00000010 value=0x0000000000000000
            *** Host State ***
            CR0=0000000080050033 CR3=00000000063fe000 CR4=0000000000752ef0
            MSR host autoload:
               0: msr=0x00000800 value=0x0000000000000000

            """;

        Assert.Null(Assert.Single(PrintedLog.Read(Log, out _)).EntryMsrs);
    }

    [Fact]
    public void Entry_that_cannot_be_loaded_explains_a_failed_entry_without_anything_of_the_machine()
    {
        var scene = EntryCase.Long();
        var printed = PrintedLog.Print(SceneFields.Of(scene), "6.18");
        printed.Lines.InsertRange(
            printed.Lines.IndexOf("*** Host State ***"),
            ["MSR guest autoload:", "   0: msr=0x00000174 value=0x0000000000000000", "   1: msr=0xc0000100 value=0x0000000000000000"]
        );

        var finding = Finding.Of(Assert.Single(PrintedLog.Read(printed.Text(""), out _)), machine: null);

        var broken = Assert.Single(finding.Broken);
        Assert.Equal("MsrLoadIndexNotFsOrGsBase", broken.Rule.Name);
        Assert.StartsWith("Entry 2 ", broken.Finding, StringComparison.Ordinal);
        Assert.Empty(broken.Fields);
    }

    private static PrintedVmcs Print(EntryScene scene, string version)
    {
        var fields = SceneFields.Of(scene);
        fields[VmcsField.ExitReason] = 0x8000_0022;
        var printed = PrintedLog.Print(fields, version);
        printed.Lines.InsertRange(
            printed.Lines.IndexOf("*** Host State ***"),
            [
                "MSR guest autoload:",
                .. EntriesOf(scene).Select(static (entry, i) => FormattableString.Invariant($"  {i, 2}: {Text(entry)}")),
                version == "6.18" ? "MSR autostore:" : "MSR guest autostore:",
                "   0: msr=0x00000010 value=0x0000000000000000",
            ]
        );
        return printed;
    }

    private static string Text(MsrAreaEntry entry) => $"msr=0x{entry.Index:x8} value=0x{entry.Value:x16}";

    private static MsrAreaEntry[] EntriesOf(EntryScene scene)
    {
        var entries = new MsrAreaEntry[scene[VmcsField.VmEntryMsrLoadCount]];
        scene.Memory.Read(scene[VmcsField.VmEntryMsrLoadAddress], MemoryMarshal.AsBytes(entries.AsSpan()));
        return entries;
    }
}
