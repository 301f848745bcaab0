using System;
using System.IO;
using System.IO.Pipes;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using VmcsGen.Kvm;
using VmcsGen.Vmm.Tests.Testing;
using Xunit;

namespace VmcsGen.Vmm.Tests.Devices;

/// <summary>The registers of the 16550A, by its data sheet and by what drivers do to find one.</summary>
public sealed class SerialPortTests : IDisposable
{
    private readonly MemoryStream _output = new();
    private readonly TestLine _line = new();
    private readonly SerialPort _port;

    public SerialPortTests() => _port = new SerialPort(_output, _line);

    [Fact]
    public void Drivers_find_a_16550A()
    {
        // As the driver of Linux: the scratch register, IER, the loop, and the FIFOs.
        Write(7, 0x5A);
        Assert.Equal(0x5A, Read(7));
        Write(1, 0x0F);
        Assert.Equal(0x0F, Read(1));
        Write(1, 0xF0);
        Assert.Equal(0, Read(1));
        Write(4, 0x1A);
        Assert.Equal(0x90, Read(6) & 0xF0);
        Write(4, 0x08);
        Write(2, 1);
        Assert.Equal(0xC1, Read(2));
    }

    [Fact]
    public void Input_comes_by_an_event_loop_as_fast_as_the_guest_reads()
    {
        using EventLoop loop = new();
        using AnonymousPipeServerStream pipe = new();
        using SerialInput input = new(loop, pipe.ClientSafePipeHandle, _port, static bytes => bytes.Length - (bytes[^1] == '!' ? 1 : 0));
        loop.Start();
        var text = string.Concat(Enumerable.Range(0, 100).Select(static i => $"{i} "));
        pipe.Write(Encoding.ASCII.GetBytes(text + "!"));
        StringBuilder read = new();
        while (read.Length < text.Length)
        {
            Assert.True(SpinWait.SpinUntil(() => (Read(5) & 1) != 0, TimeSpan.FromSeconds(30)), $"Nothing comes behind '{read}'.");
            read.Append((char)Read(0));
        }
        Assert.Equal(text, read.ToString());
        pipe.Dispose();
        using ManualResetEventSlim passed = new();
        loop.Post(passed.Set); // The end of the input ends nothing else.
        Assert.True(passed.Wait(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void File_is_no_input_of_an_event_loop()
    {
        using TemporaryFolder folder = new();
        using EventLoop loop = new();
        using var file = File.OpenHandle(folder.File("file", [1]));
        Assert.Throws<IOException>(() => new SerialInput(loop, file, _port));
    }

    [Fact]
    public void What_is_sent_goes_to_the_stream_and_the_transmitter_is_always_empty()
    {
        foreach (var value in "hello"u8)
        {
            Assert.Equal(0x60, Read(5));
            Write(0, value);
        }
        Assert.Equal("hello"u8.ToArray(), _output.ToArray());
        Assert.Empty(_line.Levels);
    }

    [Fact]
    public void Divisor_lies_behind_bit_7_of_LCR()
    {
        Write(3, 0x83);
        Write(0, 0x34);
        Write(1, 0x12);
        Assert.Equal((0x34, 0x12), (Read(0), Read(1)));
        Write(3, 3);
        Assert.Equal(0, Read(1));
        Assert.Empty(_output.ToArray());
    }

    [Fact]
    public void Transmitter_interrupts_when_it_is_allowed_to_and_after_each_byte()
    {
        Write(1, 2);
        Assert.Equal([true], _line.Levels);
        Assert.Equal(0x02, Read(2)); // Reading IIR takes it back.
        Assert.Equal([true, false], _line.Levels);
        Write(0, (byte)'a');
        Assert.Equal([true, false, true], _line.Levels);
        Write(0, (byte)'b'); // An edge for each.
        Assert.Equal([true, false, true, false, true], _line.Levels);
        Write(1, 0);
        Assert.Equal(0x01, Read(2));
        Assert.False(_line.Levels[^1]);
    }

    [Fact]
    public void Receiver_interrupts_until_all_was_read()
    {
        Write(2, 0x81); // A trigger of 8 bytes.
        Write(1, 1);
        Assert.Equal(3, _port.TryReceive("abc"u8));
        Assert.Equal([true], _line.Levels);
        Assert.Equal(0xCC, Read(2)); // Below the trigger: a timeout.
        Assert.Equal(0x61, Read(5));
        _port.TryReceive("defgh"u8);
        Assert.Equal(0xC4, Read(2));
        Assert.Equal("abcdefgh", string.Concat(Enumerable.Range(0, 8).Select(_ => (char)Read(0))));
        Assert.Equal([true, false], _line.Levels);
        Assert.Equal(0x60, Read(5));
    }

    [Fact]
    public void Interrupts_pass_the_gate_of_OUT2_only()
    {
        Write(4, 0);
        Write(1, 1);
        _port.TryReceive("a"u8);
        Assert.Empty(_line.Levels);
        Write(4, 8);
        Assert.Equal([true], _line.Levels);
    }

    [Fact]
    public async Task Receive_waits_for_room_and_loses_nothing()
    {
        var bytes = Enumerable.Range(0, 1000).Select(static i => (byte)i).ToArray();
        var sender = Task.Run(() => _port.Receive(bytes), TestContext.Current.CancellationToken);
        foreach (var expected in bytes)
        {
            SpinWait.SpinUntil(() => (Read(5) & 1) != 0);
            Assert.Equal(expected, Read(0));
        }
        await sender;
    }

    [Fact]
    public void Receive_can_be_cancelled()
    {
        using CancellationTokenSource soon = new(TimeSpan.FromMilliseconds(20));
        Assert.Throws<OperationCanceledException>(() => _port.Receive(new byte[17], soon.Token));
        Assert.Equal(0x61, Read(5));
    }

    [Fact]
    public void Full_loop_tells_of_an_overrun()
    {
        Write(4, 0x18);
        for (var i = 0; i < 17; i++)
            Write(0, (byte)i);
        Assert.Equal(0x63, Read(5));
        Assert.Equal(0x61, Read(5));
        Write(2, 2); // Clears the receiver.
        Assert.Equal(0x60, Read(5));
        Assert.Empty(_output.ToArray());
    }

    [Fact]
    public void State_carries_registers_and_what_was_received()
    {
        Write(3, 0x83);
        Write(0, 7);
        Write(3, 3);
        Write(7, 9);
        Write(2, 1);
        Write(1, 1);
        _port.TryReceive("xy"u8);
        TestLine line = new();
        SerialPort restored = new(Stream.Null, line);
        restored.RestoreState(_port.SaveState());
        Assert.Equal([true], line.Levels);
        Assert.Equal(_port.SaveState(), restored.SaveState());
        Assert.Throws<ArgumentException>(() => restored.RestoreState(new byte[3]));
        var hostile = _port.SaveState();
        Array.Fill(hostile, (byte)0xFF);
        Assert.Throws<ArgumentException>(() => restored.RestoreState(hostile));
        Assert.Equal(_port.SaveState(), restored.SaveState());
    }

    [Fact]
    public void Accesses_of_other_sizes_do_no_harm()
    {
        Span<byte> data = stackalloc byte[8];
        _port.Read(5, data);
        Assert.Equal(0x60, data[0]);
        _port.Write(0, [1, 2, 3, 4]);
        Assert.Equal([1], _output.ToArray());
    }

    public void Dispose() => _output.Dispose();

    private byte Read(ulong register)
    {
        Span<byte> data = stackalloc byte[1];
        _port.Read(register, data);
        return data[0];
    }

    private void Write(ulong register, byte value) => _port.Write(register, [value]);
}
