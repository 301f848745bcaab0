using System;
using System.IO;
using System.Linq;
using VmcsGen.Vmm.Tests.Testing;
using Xunit;

namespace VmcsGen.Vmm.Tests.Images;

public class GuestImageTests
{
    [Fact]
    public void BzImage_is_loaded_where_it_prefers_and_begins_at_the_64_bit_entry()
    {
        var image = GuestImage.Parse(File("k", ImageBytes.BzImage([0xF4])));
        var linux = Assert.IsType<LinuxImage>(image);
        Assert.Equal("9.9.9-test", linux.Version);
        Assert.Equal(BootProtocol.Linux64, image.Protocol);
        Assert.Equal(0x10_0200u, image.Entry);
        Assert.Equal(new ImageSegment(5 * 512, 0x400, 0x10_0000, 0x400), Assert.Single(image.Segments));
        Assert.Equal(0x1_0000u, image.MemorySize);
        Assert.Equal(200u, image.LongestCommandLine);
    }

    [Fact]
    public void Elf_kernel_with_a_note_begins_by_PVH_and_one_without_by_the_64_bit_protocol()
    {
        Assert.Equal(BootProtocol.Pvh, GuestImage.Parse(File("k", ImageBytes.Elf64([0xF4], hasPvhNote: true))).Protocol);
        var linux = GuestImage.Parse(File("k", ImageBytes.Elf64([0xF4], hasPvhNote: false)));
        Assert.IsType<LinuxImage>(linux);
        Assert.Equal(BootProtocol.Linux64, linux.Protocol);
        Assert.Equal(ImageBytes.LoadAddress, linux.Entry);
    }

    [Fact]
    public void Vmlinux_with_a_note_can_be_started_by_the_64_bit_protocol_all_the_same() =>
        Assert.Equal(BootProtocol.Linux64, LinuxImage.ParseVmlinux(File("k", ImageBytes.Elf64([0xF4], hasPvhNote: true))).Protocol);

    [Fact]
    public void Multiboot_image_is_loaded_by_the_addresses_of_its_header()
    {
        var image = GuestImage.Parse(File("k", ImageBytes.Multiboot([0xF4])));
        Assert.Equal(BootProtocol.Multiboot, image.Protocol);
        Assert.Equal(new ImageSegment(0, 0x101, 0x10_0000, 0x1101), Assert.Single(image.Segments));
        Assert.Equal(0x10_0100u, image.Entry);
    }

    [Theory]
    [InlineData(0x206, 0x0B, 0x206, "2.11")] // Version 2.11.
    [InlineData(0x236, 0, 0x236, "no 64-bit entry")]
    [InlineData(0x1F1, 200, 0x1F1, "real-mode part")]
    [InlineData(0x261, 0, 0x260, "needs only 0x0")]
    [InlineData(0x25C, 1, 0x258, "above 4 GiB")]
    public void Mistake_in_a_bzImage_is_an_error_with_its_offset(int offset, byte value, ulong place, string message)
    {
        var bytes = ImageBytes.BzImage([0xF4], initSize: 0x1000);
        bytes[offset] = value;
        if (offset == 0x261)
            bytes[0x262] = 0;
        if (offset == 0x206)
            bytes[0x207] = 2;
        AssertMistake(bytes, place, message);
    }

    [Theory]
    [InlineData(4, 3, 4, "ELF class")]
    [InlineData(5, 2, 5, "little-endian")]
    [InlineData(16, 3, 16, "ET_EXEC")]
    [InlineData(18, 40, 18, "machine is 40")]
    [InlineData(54, 32, 54, "32 bytes, not 56")]
    [InlineData(57, 9, 56, "more than 256")]
    [InlineData(39, 0x80, 32, "behind the end")]
    [InlineData(64 + 39, 1, 0x200, "more than")]
    [InlineData(64 + 15, 1, 0x100_0000_0000_0200, "ends behind the file")]
    [InlineData(64 + 31, 0xFF, 0x200, "no address")]
    public void Mistake_in_an_ELF_file_is_an_error_with_its_offset(int offset, byte value, ulong place, string message)
    {
        var bytes = ImageBytes.Elf64(new byte[16], hasPvhNote: false);
        bytes[offset] = value;
        if (message != "no address")
        {
            AssertMistake(bytes, place, message);
            return;
        }
        Array.Fill(bytes, (byte)0xFF, 64 + 24, 8); // The part ends behind the last address.
        AssertMistake(bytes, place, "ends behind the last address");
    }

    [Fact]
    public void Note_that_goes_beyond_the_notes_is_an_error()
    {
        var bytes = ImageBytes.Elf64(new byte[16], hasPvhNote: true);
        ImageBytes.Put32(bytes, 0x184, 0xFFFF_FFF0);
        AssertMistake(bytes, 0x180, "beyond the end of the notes");
    }

    [Theory]
    [InlineData(4, 0x8, 0x44, "demands")]
    [InlineData(16, 0xFFF0_0000, 0x50, "cannot be loaded")]
    [InlineData(20, 5, 0x54, "before it begins")]
    [InlineData(24, 5, 0x58, "before they begin")]
    public void Mistake_in_a_multiboot_header_is_an_error_with_its_offset(int offset, uint value, ulong place, string message)
    {
        var bytes = ImageBytes.Multiboot([0xF4]);
        if (offset == 4)
        {
            value |= 0x1_0000;
            ImageBytes.Put32(bytes, 0x48, unchecked(0u - 0x1BAD_B002u - value));
        }
        ImageBytes.Put32(bytes, 0x40 + offset, value);
        AssertMistake(bytes, place, message);
    }

    [Fact]
    public void File_that_is_nothing_known_is_refused_and_told_what_to_do()
    {
        AssertMistake(new byte[0x1000], 0, "flat image");
        AssertMistake([], 0, "flat image");
        Assert.Throws<ArgumentException>(() => new FlatImage(File("f", [1]), 0x1_0000, BootProtocol.Linux64));
        Assert.Throws<ArgumentException>(() => new FlatImage(File("f", [1]), 0x10_0000, BootProtocol.RealMode));
        Assert.Throws<ImageException>(() => new FlatImage(File("f", []), 0x1_0000, BootProtocol.RealMode));
    }

    [Fact]
    public void File_on_disk_that_became_shorter_is_an_error()
    {
        using TemporaryFolder folder = new();
        var path = folder.File("k");
        System.IO.File.WriteAllBytes(path, new byte[100]);
        using var file = ImageFile.Open(path);
        Tool.Run("truncate", "-s", "50", path);
        Assert.Contains(
            "became shorter",
            Assert.Throws<ImageException>(() => file.Read(0, new byte[100], "all")).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Command_line_checks_what_it_is_built_of()
    {
        var line = new CommandLine().Add("quiet").Add("console", "ttyS0").Add("dyndbg", "file a +p").AddText("  a=b -- c ");
        Assert.Equal("quiet console=ttyS0 dyndbg=\"file a +p\" a=b -- c", line.ToString());
        Assert.Throws<ArgumentException>(() => line.Add("a b"));
        Assert.Throws<ArgumentException>(() => line.Add("a", "b\"c"));
        Assert.Throws<ArgumentException>(() => line.Add("a=b", "c"));
        Assert.Throws<ArgumentException>(() => line.AddText("a\nb"));
        Assert.Throws<ArgumentException>(() => line.Add("ä"));
        Assert.Throws<ArgumentException>(() => line.Add(""));
    }

    private static void AssertMistake(byte[] bytes, ulong offset, string message)
    {
        var mistake = Assert.Throws<ImageException>(() => GuestImage.Parse(File("image", bytes)));
        Assert.Equal("image", mistake.Image);
        Assert.Contains(message, mistake.Message, StringComparison.Ordinal);
        Assert.Equal(offset, mistake.Offset);
    }

    private static ImageFile File(string name, byte[] bytes) => ImageFile.FromMemory(name, bytes);
}
