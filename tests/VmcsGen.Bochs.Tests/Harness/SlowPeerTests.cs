using System;
using System.Linq;
using VmcsGen.Vmx.Bochs.Tests.Testing;
using VmcsGen.Vmx.RingZero;
using Xunit;

namespace VmcsGen.Vmx.Bochs.Tests.Harness;

/// <summary>What sends or takes a byte now and then is not waited for longer than what is silent.</summary>
public class SlowPeerTests
{
    private static readonly byte[] s_hello = Hello();

    [Fact]
    public void An_answer_that_comes_byte_by_byte_is_given_up_after_the_time_of_one_answer()
    {
        using var peer = new TricklingPeer { AtOnce = s_hello, Trickle = [AgentFrame.Results, 0, 2, 0, 0, .. new byte[200]] };
        var cpu = new RingZeroCpu(peer, 0x20_0000) { Timeout = TimeSpan.FromMilliseconds(300) };

        var failure = Assert.Throws<RingZeroException>(() => cpu.ReadMsr(0x10));

        Assert.Contains("did not answer within 300 ms", failure.Message, StringComparison.Ordinal);
        Assert.InRange(peer.Trickled, 1, 100);
    }

    [Fact]
    public void An_agent_that_says_hello_byte_by_byte_is_given_up_after_the_time_of_the_start()
    {
        using var peer = new TricklingPeer { Trickle = [.. s_hello, .. new byte[100]] };

        var failure = Assert.Throws<RingZeroException>(() => new RingZeroCpu(peer, 0x20_0000, null, TimeSpan.FromMilliseconds(300)));

        Assert.Contains("did not answer within 300 ms", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_request_that_is_taken_bit_by_bit_is_given_up_after_the_time_of_one_request()
    {
        using var peer = new TricklingPeer { AtOnce = s_hello };
        var cpu = new RingZeroCpu(peer, 0x20_0000) { Timeout = TimeSpan.FromMilliseconds(300) };
        var random = new byte[0x1_0000];
        new Random(1).NextBytes(random);
        peer.DelayPerWrite = TimeSpan.FromMilliseconds(20);

        var failure = Assert.Throws<RingZeroException>(() => cpu.Memory.Write(cpu.FreeMemory.Start, random));

        Assert.Contains("takes no request any more", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_begins_with_another_byte_than_the_agent_is_refused()
    {
        using var peer = new TricklingPeer { AtOnce = [0x5A, .. s_hello] };

        var failure = Assert.Throws<RingZeroException>(() => new RingZeroCpu(peer, 0x20_0000));

        Assert.Contains("not the ring-0 agent", failure.Message, StringComparison.Ordinal);
    }

    // The agent of a machine of 1 MiB and more, without a place for VM exits.
    private static byte[] Hello()
    {
        ulong[] numbers = [AgentFrame.Version, 0x2_0000, 0x4_0000, 0x10_0000, .. new ulong[8]];
        byte[] frame = [AgentFrame.Hello, (byte)(numbers.Length * sizeof(ulong)), 0, 0, 0, .. numbers.SelectMany(BitConverter.GetBytes)];
        return [AgentFrame.Ready, .. frame, .. BitConverter.GetBytes(AgentFrame.Checksum(frame))];
    }
}
