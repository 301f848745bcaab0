using System;
using System.Linq;
using VmcsGen.Vmm.Tests.Testing;
using Xunit;

namespace VmcsGen.Vmm.Tests.Firmware;

/// <summary>What the device does in memory. Source: QEMU docs/specs/fw_cfg.rst.</summary>
public class FirmwareDmaTests
{
    private const int MemorySize = 0x4_0000;
    private const ulong At = 0x100;
    private const ulong Target = 0x1000;

    private readonly byte[] _content = [.. Enumerable.Range(0, 10_000).Select(static i => (byte)(i * 7 + i / 256))];
    private readonly ArrayMemory _memory = new(MemorySize);
    private readonly FirmwareConfiguration _device;
    private readonly BusGuest _guest;

    public FirmwareDmaTests()
    {
        _device = new(_memory);
        _guest = new(_device, _memory);
        _device.AddFile("opt/org.example/a", _content);
    }

    [Fact]
    public void Item_is_selected_and_copied_at_once_with_zeros_behind_it()
    {
        _memory.Bytes.AsSpan((int)Target).Fill(0xEE);
        Assert.Equal(0u, _guest.Dma(0x20 << 16 | FirmwareGuest.SelectItem | FirmwareGuest.Read, 10_500, Target, At));
        Assert.Equal([.. _content, .. new byte[500], 0xEE], _guest.Memory(Target, 10_501));
    }

    [Fact]
    public void Reads_go_on_where_the_last_ended_and_skips_pass_over()
    {
        _guest.Select(0x20);
        Assert.Equal(_content[..3], _guest.Data(3));
        Assert.Equal(0u, _guest.Dma(FirmwareGuest.Read, 5, Target, At));
        Assert.Equal(_content[3..8], _guest.Memory(Target, 5));
        Assert.Equal(0u, _guest.Dma(FirmwareGuest.Skip, 1000, Target, At));
        Assert.Equal(_content[1008], _guest.In(0x511));
        Assert.Equal(_content[3..8], _guest.Memory(Target, 5));
        Assert.Equal(0u, _guest.Dma(FirmwareGuest.Skip, uint.MaxValue, Target, At));
        Assert.Equal([0], _guest.Data(1));
        Assert.Equal(0u, _guest.Dma(FirmwareGuest.SelectItem | 0x20 << 16, 77, Target, At));
        Assert.Equal(_content[..1], _guest.Data(1));
    }

    [Fact]
    public void Read_comes_before_write_and_write_before_skip()
    {
        _guest.Select(0x20);
        Assert.Equal(0u, _guest.Dma(FirmwareGuest.Skip | FirmwareGuest.Read | FirmwareGuest.Write, 5, Target, At));
        Assert.Equal(_content[..5], _guest.Memory(Target, 5));
        Assert.Equal(FirmwareGuest.Error, _guest.Dma(FirmwareGuest.Skip | FirmwareGuest.Write, 5, Target, At));
    }

    [Fact]
    public void Writes_are_refused()
    {
        _guest.SetMemory(Target, "xyz"u8);
        foreach (var key in (uint[])[0x20, 0x19, 0, 0x3FFF])
            Assert.Equal(FirmwareGuest.Error, _guest.Dma(key << 16 | FirmwareGuest.SelectItem | FirmwareGuest.Write, 3, Target, At));
        Assert.Equal(_content[..3], _guest.Item(0x20, 3));
    }

    [Theory]
    [InlineData(MemorySize, 1u)]
    [InlineData(MemorySize - 4, 5u)]
    [InlineData(0xFFFF_FFFF_FFFF_FFF0, 0x20u)]
    [InlineData(0x1_0000_0000_0000, 10_500u)]
    [InlineData(Target, uint.MaxValue)]
    public void Copy_to_where_no_memory_is_ends_with_the_error_bit(ulong address, uint length) =>
        Assert.Equal(FirmwareGuest.Error, _guest.Dma(0x20 << 16 | FirmwareGuest.SelectItem | FirmwareGuest.Read, length, address, At));

    [Fact]
    public void Request_that_is_partly_in_memory_gets_the_error_bit_and_others_are_not_answered()
    {
        _guest.SetMemory(MemorySize - 8, FirmwareGuest.Access(FirmwareGuest.Read, 8, Target).AsSpan(0, 8));
        _guest.Ring(MemorySize - 8);
        Assert.Equal([0, 0, 0, 1], _guest.Memory(MemorySize - 8, 4));
        var before = _memory.Bytes.ToArray();
        foreach (var at in (ulong[])[MemorySize, MemorySize - 2, 0xFFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF, 0x1_0000_0100])
            _guest.Ring(at);
        Assert.Equal(before, _memory.Bytes);
    }

    [Fact]
    public void Request_may_overwrite_itself()
    {
        Assert.Equal(0u, _guest.Dma(0x20 << 16 | FirmwareGuest.SelectItem | FirmwareGuest.Read, 32, At, At));
        Assert.Equal(_content[4..32], _guest.Memory(At + 4, 28));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Device_survives_random_accesses_and_reaches_no_memory_but_the_guests(int seed)
    {
        Random random = new(seed);
        Span<byte> data = stackalloc byte[8];
        var answers = new int[2];
        for (var i = 0; i < 300_000; i++)
        {
            var length = 1 << random.Next(4);
            random.NextBytes(data);
            var port = 0x50CUL + (ulong)random.Next(0x14);
            switch (random.Next(4))
            {
                case 0:
                    _guest.Ports.Read(port, data[..length]);
                    break;
                case 1:
                    _guest.Ports.Write(port, data[..length]);
                    break;
                case 2:
                    _guest.Ring(random.Next(2) == 0 ? (ulong)random.NextInt64() : (ulong)random.Next(MemorySize + 0x100));
                    break;
                default:
                    var control = (uint)random.Next(32) | (uint)random.Next(0x30) << 16;
                    var size = random.Next(4) == 0 ? (uint)random.NextInt64() : (uint)random.Next(0x3000);
                    var address = random.Next(4) == 0 ? (ulong)random.NextInt64() : (ulong)random.Next(MemorySize);
                    answers[_guest.Dma(control, size, address, (ulong)random.Next(MemorySize - 16)) == 0 ? 0 : 1]++;
                    break;
            }
        }
        Assert.All(answers, static count => Assert.True(count > 1000, $"{count} answers of a kind are few: the test tests little."));
        _device.RestoreState(_device.SaveState());
        Assert.Equal("QEMU"u8.ToArray(), _guest.Item(0, 4));
        Assert.Equal(_content, _guest.Item(0x20, _content.Length));
    }
}
