using System;
using System.IO;
using System.Linq;
using VmcsGen.Kvm;
using VmcsGen.Vmm.Tests.Testing;
using Xunit;

namespace VmcsGen.Vmm.Tests.Firmware;

/// <summary>Items and files, read by the ports. Source: QEMU docs/specs/fw_cfg.rst.</summary>
public class FirmwareConfigurationTests
{
    private readonly FirmwareConfiguration _device;
    private readonly BusGuest _guest;

    public FirmwareConfigurationTests()
    {
        ArrayMemory memory = new(0x1_0000);
        _device = new(memory);
        _guest = new(_device, memory);
    }

    [Fact]
    public void Device_is_known_by_its_signature_and_says_what_it_can_do()
    {
        Assert.Equal("QEMU"u8.ToArray(), _guest.Data(4)); // Selected from the beginning.
        Assert.Equal("QEMU"u8.ToArray(), _guest.Item(FirmwareGuest.Signature, 4));
        Assert.Equal([3, 0, 0, 0], _guest.Item(FirmwareGuest.Id, 4));
        Assert.Equal("QEMU"u8.ToArray(), BitConverter.GetBytes(_guest.In32(0x514)));
        Assert.Equal(" CFG"u8.ToArray(), BitConverter.GetBytes(_guest.In32(0x518)));
    }

    [Fact]
    public void Device_without_memory_has_no_DMA()
    {
        BusGuest guest = new(new FirmwareConfiguration(), new ArrayMemory(0));
        Assert.Equal([1, 0, 0, 0], guest.Item(FirmwareGuest.Id, 4));
        Assert.Equal((uint.MaxValue, uint.MaxValue), (guest.In32(0x514), guest.In32(0x518)));
        guest.Ring(0);
        Assert.Equal("QEMU"u8.ToArray(), guest.Item(FirmwareGuest.Signature, 4));
    }

    [Fact]
    public void Item_has_zeros_behind_its_end_and_begins_again_when_it_is_selected()
    {
        _device.SetItem(FirmwareItem.Uuid, new byte[] { 1, 2, 3 });
        Assert.Equal([1, 2, 3, 0, 0], _guest.Item(2, 5));
        Assert.Equal([1, 2], _guest.Item(2 | 0x4000, 2)); // The bit of old guests that wrote.
        Assert.Equal([3], _guest.Data(1));
        Assert.Equal([0, 0], _guest.Item(0x8002, 2));
        Assert.Equal([0, 0], _guest.Item(0x3FFF, 2));
        _device.SetItem((FirmwareItem)0x8002, new byte[] { 9 });
        Assert.Equal([9, 0], _guest.Item(0x8002, 2));
        Assert.Equal([1, 2, 3], _guest.Item(2, 3));
    }

    [Fact]
    public void Writes_to_the_data_and_accesses_of_other_sizes_change_nothing()
    {
        _device.AddFile("opt/org.example/a", "abc"u8.ToArray());
        Assert.Equal("a"u8.ToArray(), _guest.Item(0x20, 1));
        _guest.Ports.Write(0x511, [7]);
        _guest.Ports.Write(0x510, [1]);
        _guest.Ports.Write(0x510, [1, 0, 0, 0]);
        _guest.Ports.Write(0x514, [0, 0]);
        Assert.Equal("bc"u8.ToArray(), _guest.Data(2));
    }

    [Fact]
    public void Directory_tells_names_lengths_and_keys()
    {
        Assert.Empty(_guest.Files());
        using TemporaryFolder folder = new();
        var content = Enumerable.Range(0, 300).Select(static i => (byte)i).ToArray();
        var longest = "opt/org.example/" + new string('x', 39);
        using (var file = ImageFile.Open(folder.File("f", content)))
            _device.AddFile("opt/org.example/file", file);
        _device.AddFile(longest, "abc"u8.ToArray());
        _device.AddFile("etc/nothing", ReadOnlyMemory<byte>.Empty);
        var files = _guest.Files();
        Assert.Equal(["etc/nothing", "opt/org.example/file", longest], files.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([0x20, 0x21, 0x22], files.Values.Select(static file => file.Key).Order());
        Assert.Equal(content, Content("opt/org.example/file"));
        Assert.Equal("abc"u8.ToArray(), Content(longest));
        Assert.Empty(Content("etc/nothing"));

        byte[] Content(string name) => _guest.Item(files[name].Key, files[name].Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("opt/a b")]
    [InlineData("opt/\u00E4")]
    [InlineData("opt/a\0b")]
    [InlineData("opt/org.example/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")] // 56 characters, with no room for a zero.
    [InlineData("opt/there")]
    public void File_of_no_name_or_one_that_is_there_is_refused(string name)
    {
        _device.AddFile("opt/there", "1"u8.ToArray());
        Assert.Throws<ArgumentException>(() => _device.AddFile(name, "2"u8.ToArray()));
        Assert.Equal("opt/there", Assert.Single(_guest.Files()).Key);
    }

    [Fact]
    public void Files_fill_the_keys_and_no_more()
    {
        for (var i = 0x20; i <= 0x3FFF; i++)
            _device.AddFile($"opt/{i}", BitConverter.GetBytes(i));
        Assert.Throws<InvalidOperationException>(() => _device.AddFile("opt/more", ReadOnlyMemory<byte>.Empty));
        Assert.Equal(BitConverter.GetBytes(0x3FFF), _guest.Item(0x3FFF, 4));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(0x19)]
    [InlineData(0x20)]
    [InlineData(0x4002)]
    [InlineData(0x8020)]
    public void Item_of_the_device_or_of_a_file_cannot_be_given(int key) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => _device.SetItem((FirmwareItem)key, default));

    [Fact]
    public void File_that_becomes_shorter_is_an_error()
    {
        using TemporaryFolder folder = new();
        using var file = ImageFile.Open(folder.File("f", new byte[100]));
        File.WriteAllBytes(folder.File("f"), new byte[10]);
        Assert.Throws<ImageException>(() => _device.AddFile("opt/f", file));
        Assert.Empty(_guest.Files());
    }

    [Fact]
    public void Snapshot_carries_what_is_selected_where_it_is_read_and_half_an_address()
    {
        _device.AddFile("opt/a", "abcdef"u8.ToArray());
        _guest.Item(0x20, 2);
        _guest.Out(0x514, 0x0100_0000u); // The high half: 1.
        var state = _device.SaveState();

        ArrayMemory memory = new(0x100);
        FirmwareConfiguration other = new(memory);
        BusGuest guest = new(other, memory);
        Assert.Throws<ArgumentException>(() => other.RestoreState(state)); // It has no file.
        other.AddFile("opt/a", "ABCDEF"u8.ToArray());
        other.RestoreState(state);
        Assert.Equal(state, other.SaveState());
        Assert.Equal("CDEF\0"u8.ToArray(), guest.Data(5));
        // The low half goes to 4 GiB, where no memory is; without the high half it would be at 0.
        guest.SetMemory(0, FirmwareGuest.Access(FirmwareGuest.SelectItem, 0, 0));
        guest.Out(0x518, 0u);
        Assert.Equal([0, 0, 0, 8], guest.Memory(0, 4));
        guest.Out(0x518, 0u);
        Assert.Equal([0, 0, 0, 0], guest.Memory(0, 4));
    }

    [Fact]
    public void State_that_makes_no_sense_is_refused_or_harmless()
    {
        var state = _device.SaveState();
        foreach (var length in Enumerable.Range(0, state.Length))
            Assert.Throws<ArgumentException>(() => _device.RestoreState(state.AsSpan(0, length)));
        Assert.Throws<ArgumentException>(() => _device.RestoreState([.. state, 0]));
        Assert.Equal(state, _device.SaveState());
        Array.Fill(state, (byte)0xFF, 0, 16); // All that precedes the directory.
        _device.RestoreState(state);
        Assert.Equal([0, 0], _guest.Data(2));
        _guest.Out(0x514, 0u);
        Assert.Equal(0u, _guest.Dma(FirmwareGuest.Read, 100, 0x1000, 0x100));
        Assert.Equal(0u, _guest.Dma(FirmwareGuest.Skip, uint.MaxValue, 0, 0x100));
        Assert.Equal("QEMU"u8.ToArray(), _guest.Item(0, 4));
    }
}
