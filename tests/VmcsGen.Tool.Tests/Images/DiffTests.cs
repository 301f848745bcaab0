using System;
using System.Collections.Generic;
using System.IO;
using VmcsGen.Kvm;
using VmcsGen.Vmx;
using Xunit;

namespace VmcsGen.Tool.Tests.Images;

/// <summary>Two images of a kind: what differs, and nothing else.</summary>
public class DiffTests
{
    [Fact]
    public void Fields_that_differ_are_told_in_words()
    {
        var run = Diff(
            FactPage.Vmcs12.Write(new Dictionary<VmcsField, ulong> { [VmcsField.GuestRip] = 1, [VmcsField.GuestActivityState] = 0 }),
            FactPage.Vmcs12.Write(new Dictionary<VmcsField, ulong> { [VmcsField.GuestRip] = 1, [VmcsField.GuestActivityState] = 1 })
        );

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("GuestActivityState  0x0 (Active)  ->  0x1 (Hlt)", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("GuestRip", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Equal_images_have_no_difference()
    {
        var page = FactPage.Vmcs12.Write(new Dictionary<VmcsField, ulong> { [VmcsField.GuestRip] = 1 });

        var run = Diff(page, page);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("the same", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Snapshots_differ_in_registers_and_in_what_memory_holds()
    {
        var run = Diff(SnapshotBytes.Small(0x10, 1, NestedStates.Vmx()), SnapshotBytes.Small(0x20, 2, NestedStates.Vmx()), "--json");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("\"before\": \"0x10\"", run.Output, StringComparison.Ordinal);
        Assert.Contains("SHA-256", run.Output, StringComparison.Ordinal);
        Assert.Equal(3, run.Output.Split("\"part\"").Length);
    }

    [Fact]
    public void Memory_of_a_snapshot_is_the_same_in_both_versions_of_the_format()
    {
        var first = SnapshotBytes.Small(0x10, 1, NestedStates.Vmx());
        using var state = VmState.Load(new MemoryStream(first));
        state.Sections["uart"] = [1];
        using var second = new MemoryStream();
        state.Save(second);

        var run = Diff(first, second.ToArray(), "--json");

        Assert.Equal(1, run.ExitCode);
        Assert.DoesNotContain("SHA-256", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("kvm_regs", run.Output, StringComparison.Ordinal);
        Assert.Contains($"{state.Id}", run.Output, StringComparison.Ordinal);
        Assert.Contains(
            "section 'uart' of the VMM",
            run.Output.Replace("\\u0027", "'", StringComparison.Ordinal),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Images_of_two_kinds_are_not_compared()
    {
        var run = Diff(SnapshotBytes.Small(0x10, 1, NestedStates.Vmx()), NestedStates.Vmx());

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("only two of a kind", run.Error, StringComparison.Ordinal);
    }

    private static ToolRun Diff(byte[] before, byte[] after, params string[] options)
    {
        using var first = new TemporaryFile(before);
        using var second = new TemporaryFile(after);
        return ToolRun.Of(["diff", first.Path, second.Path, .. options]);
    }
}
