using System;
using System.IO;
using System.Linq;
using VmcsGen.Vmm.Tests.Testing;
using Xunit;

namespace VmcsGen.Vmm.Tests.Firmware;

/// <summary>The same accesses to the device and to QEMU's give the same answers.</summary>
public sealed class FirmwareAgainstQemuTests : IDisposable
{
    private const int MemorySize = 16 << 20;
    private const string Text = "opt/org.example/text";
    private const string Long = "opt/org.example/long";

    private readonly TemporaryFolder _folder = new();
    private readonly ArrayMemory _memory = new(MemorySize);
    private readonly BusGuest _own;
    private readonly QemuGuest _qemu;

    public FirmwareAgainstQemuTests()
    {
        Tool.Require("qemu-system-x86_64", "qemu-system-x86");
        var content = new byte[5000];
        new Random(1).NextBytes(content);
        File.WriteAllBytes(_folder.File("long"), content);
        FirmwareConfiguration device = new(_memory);
        device.SetItem(FirmwareItem.RamSize, BitConverter.GetBytes((ulong)MemorySize));
        device.SetItem(FirmwareItem.Processors, BitConverter.GetBytes((ushort)2));
        device.AddFile(Text, "some text"u8.ToArray());
        using (var file = ImageFile.Open(_folder.File("long")))
            device.AddFile(Long, file);
        _own = new(device, _memory);
        _qemu = new("-fw_cfg", $"name={Text},string=some text", "-fw_cfg", $"name={Long},file={_folder.File("long")}");
    }

    [Fact]
    public void Registers_items_and_files_are_those_of_QEMU()
    {
        Assert.Equal((_qemu.In32(0x514), _qemu.In32(0x518)), (_own.In32(0x514), _own.In32(0x518)));
        Assert.Equal(_qemu.In(0x519), _own.In(0x519));
        foreach (var key in (int[])[FirmwareGuest.Signature, FirmwareGuest.Id, FirmwareGuest.RamSize, FirmwareGuest.Processors, 0x3FFF])
            Assert.Equal(_qemu.Item(key, 10), _own.Item(key, 10));
        var files = _qemu.Files();
        Assert.Equal([Long, Text], _own.Files().Keys.Order(StringComparer.Ordinal));
        foreach (var (name, file) in _own.Files())
        {
            Assert.Equal(files[name].Length, file.Length);
            Assert.Equal(_qemu.Item(files[name].Key, file.Length + 3), _own.Item(file.Key, file.Length + 3));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_accesses_are_answered_as_QEMU_answers_them(int seed)
    {
        const ulong at = 0x10_0000;
        Random random = new(seed);
        var (files, own) = (_qemu.Files(), _own.Files());
        (int Qemu, int Own)[] keys =
        [
            (0, 0),
            (1, 1),
            (FirmwareGuest.RamSize, FirmwareGuest.RamSize),
            (0x3FFF, 0x3FFF),
            (files[Text].Key, own[Text].Key),
            (files[Long].Key, own[Long].Key),
            (files[Long].Key | 0x4000, own[Long].Key | 0x4000),
        ];
        var failures = 0;
        Select();
        for (var i = 0; i < 1500; i++)
        {
            if (random.Next(5) == 0)
                Select();
            var count = random.Next(6);
            Assert.Equal(_qemu.Data(count), _own.Data(count));

            var (qemuKey, ownKey) = keys[random.Next(keys.Length)];
            var control = (uint)random.Next(32);
            var length = random.Next(4) == 0 ? (uint)random.Next(10_000) : (uint)random.Next(20);
            var address = random.Next(10) switch
            {
                0 => MemorySize - (ulong)random.Next(30),
                1 => 0x4000_0000UL,
                2 => 0x1_0000_0000_0000UL,
                _ => (ulong)random.Next(0x20_0000, 0x40_0000),
            };
            var answer = _qemu.Dma(control | (uint)qemuKey << 16, length, address, at);
            Assert.Equal(answer, _own.Dma(control | (uint)ownKey << 16, length, address, at));
            if (answer != 0)
            {
                // How far the device came is not specified.
                failures++;
                Select();
            }
            else if (address < MemorySize && length > 0)
            {
                var window = (int)Math.Min(length + 5UL, MemorySize - address);
                Assert.Equal(_qemu.Memory(address, window), _own.Memory(address, window));
            }
            Clear(address, length);
        }
        Assert.InRange(failures, 100, 1400);

        void Select()
        {
            var (qemuKey, ownKey) = keys[random.Next(keys.Length)];
            _qemu.Select(qemuKey);
            _own.Select(ownKey);
        }

        void Clear(ulong address, uint length)
        {
            if (address >= MemorySize || length == 0)
                return;
            var zeros = new byte[Math.Min(length, MemorySize - address)];
            _qemu.SetMemory(address, zeros);
            _own.SetMemory(address, zeros);
        }
    }

    [Theory]
    [InlineData(MemorySize - 16)]
    [InlineData(MemorySize - 15)]
    [InlineData(MemorySize - 4)]
    public void Request_at_the_end_of_memory_is_answered_as_QEMU_answers_it(ulong at)
    {
        foreach (var guest in (FirmwareGuest[])[_qemu, _own])
        {
            guest.SetMemory(at, FirmwareGuest.Access(FirmwareGuest.Skip, 1, 0).AsSpan(0, (int)(MemorySize - at)));
            guest.Ring(at);
        }
        Assert.Equal(_qemu.Memory(at, 4), _own.Memory(at, 4));
    }

    public void Dispose()
    {
        _qemu.Dispose();
        _folder.Dispose();
    }
}
