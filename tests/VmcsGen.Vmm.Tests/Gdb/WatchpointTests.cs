using System;
using VmcsGen.Kvm;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Vmm.Tests.Gdb;

/// <summary>Debian's gdb watches variables of a guest by the four debug registers. Where a host's KVM stops at none, gdb says so.</summary>
[Trait("Needs", "Kvm")]
public class WatchpointTests
{
    [Fact]
    public void A_write_stops_the_guest_behind_it_and_gdb_shows_both_values()
    {
        using DebuggedProgram program = new();
        if (IsRefused(program, "watch counter"))
            return;
        var output = program.Debug(
            "watch counter",
            "continue",
            "continue",
            "watch *(int*)&pairs[0].second",
            "continue",
            "info symbol $rip",
            "print pairs[0].second",
            "delete",
            "break twice",
            "continue",
            "print number"
        );
        Assert.Matches(@"Hardware watchpoint 1: counter\s+Old value = 0\s+New value = 1\s+work \(\)", output);
        Assert.Matches(@"Hardware watchpoint 1: counter\s+Old value = 1\s+New value = 2\s+work \(\)", output);
        // Behind the second write of the counter, of 10 + 2 * 1 before and of 12 + 2 * 1 now.
        Assert.Matches(@"Hardware watchpoint 2: .*\s+Old value = 12\s+New value = 14\s", output);
        Assert.Matches(@"work \+ \d+ in section \.text", output);
        Assert.Contains("$1 = 14\n", output, StringComparison.Ordinal);
        Assert.Contains("Breakpoint 3, twice (number=1)", output, StringComparison.Ordinal);
        Assert.Contains("$2 = 1\n", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("awatch", @"access \(read/write\)")]
    [InlineData("rwatch", "read")]
    public void A_read_stops_the_guest_too(string command, string kind)
    {
        using DebuggedProgram program = new();
        if (IsRefused(program, $"{command} mayEnd"))
            return;
        var output = program.Debug($"{command} mayEnd", "continue", "info symbol $rip", "continue", "print counter");
        // The program reads it before each round, the first time before the counter is 1.
        Assert.Matches(
            $@"(?s)Hardware {kind} watchpoint 1: mayEnd\s+Value = 0\s.*Hardware {kind} watchpoint 1: mayEnd\s+Value = 0\s",
            output
        );
        Assert.Matches(@"_start \+ \d+ in section \.text", output);
        Assert.Contains("$1 = 1\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Four_are_watched_at_a_time_and_each_stops_under_its_own_name()
    {
        using DebuggedProgram program = new();
        if (IsRefused(program, "watch counter"))
            return;
        var output = program.Debug(
            "watch counter",
            "watch pairs[0].second",
            "awatch mayEnd",
            "hbreak twice",
            "continue",
            "continue",
            "continue",
            "continue",
            "continue"
        );
        var expected = new[]
        {
            "access (read/write) watchpoint 3: mayEnd",
            "watchpoint 1: counter",
            "breakpoint 4, twice",
            "watchpoint 2: pairs",
        };
        var place = output.IndexOf("Hardware assisted breakpoint 4", StringComparison.Ordinal);
        foreach (var stop in expected)
        {
            var next = output.IndexOf(stop, place + 1, StringComparison.OrdinalIgnoreCase);
            Assert.True(next > place, $"'{stop}' is not told in its turn: {output}");
            place = next;
        }
        Assert.True(output.LastIndexOf("watchpoint 3: mayEnd", StringComparison.Ordinal) > place, output);
    }

    // gdb learns it when it is to run the guest.
    private static bool IsRefused(DebuggedProgram program, string command)
    {
        using var host = TestHost.Open();
        if (GuestDebugAbilities.Find(host).HardwareBreakpoints)
            return false;
        Assert.False(TestHost.IsLab("intel"), "The lab's KVM stops at hardware breakpoints.");
        var output = program.Debug(
            command,
            "python\ntry:\n  gdb.execute('continue')\nexcept gdb.error as problem:\n  print('not watched:', problem)"
        );
        Assert.Contains("not watched: Command aborted", output, StringComparison.Ordinal);
        return true;
    }
}
