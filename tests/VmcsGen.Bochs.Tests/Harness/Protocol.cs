using System;
using System.Buffers.Binary;
using VmcsGen.Vmx.Bochs.Tests.Testing;
using VmcsGen.Vmx.RingZero;
using Xunit;

namespace VmcsGen.Vmx.Bochs.Tests.Harness;

/// <summary>Requests that are wrong: the agent says what is wrong, and stops.</summary>
public class Protocol
{
    [Fact]
    public void A_byte_that_begins_no_request_is_named() => Refused([0x5A], "a byte 0x5A came where a request should begin");

    [Fact]
    public void A_request_that_is_too_long_is_refused_before_it_is_received() =>
        Refused([AgentFrame.Request, 0xFF, 0xFF, 0x0F, 0x00], "a request has 1048575 bytes");

    [Fact]
    public void A_wrong_checksum_is_noticed() =>
        Refused([.. Frame([(byte)AgentCommand.Vmxoff])[..^1], 0], "a request came with the checksum");

    [Fact]
    public void An_unknown_command_is_named() => Refused(Frame([(byte)AgentCommand.Vmxoff, 0xC8]), "there is no command 200, at byte 1");

    [Fact]
    public void Operands_that_are_missing_are_noticed() =>
        Refused(
            Frame([(byte)AgentCommand.Rdmsr, 1, 2, 3]),
            $"the request ends within the operands of command {(byte)AgentCommand.Rdmsr}, at byte 0"
        );

    [Fact]
    public void Data_that_is_missing_is_noticed() =>
        Refused(
            Frame([(byte)AgentCommand.WriteMemory, 0, 0, 0x10, 0, 0, 0, 0, 0, 4, 0, 0, 0, 1, 2, 3]),
            $"the request ends within the operands of command {(byte)AgentCommand.WriteMemory}"
        );

    [Fact]
    public void Results_that_do_not_fit_are_refused() =>
        Refused(Frame([(byte)AgentCommand.ReadMemory, 0, 0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0x10, 0]), "the results do not fit");

    // What is sent by hand is answered when the processor is used next.
    private static void Refused(byte[] sent, string expected)
    {
        using var machine = TestMachine.Start();
        machine.Line.Write(sent);

        var failure = Assert.Throws<RingZeroException>(() => machine.Cpu.ReadMsr(0x10));
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);

        var again = Assert.Throws<RingZeroException>(() => machine.Cpu.ReadMsr(0x10));
        Assert.Contains("cannot be used any more", again.Message, StringComparison.Ordinal);
        Assert.Contains(expected, again.Message, StringComparison.Ordinal);
    }

    private static byte[] Frame(ReadOnlySpan<byte> payload)
    {
        byte[] frame = [AgentFrame.Request, (byte)payload.Length, 0, 0, 0, .. payload];
        var checksum = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(checksum, AgentFrame.Checksum(frame));
        return [.. frame, .. checksum];
    }
}
