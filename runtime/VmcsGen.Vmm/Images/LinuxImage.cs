using System.Collections.Generic;
using System.Text;

namespace VmcsGen.Vmm;

/// <summary>
/// A Linux kernel that is started by the 64-bit boot protocol: a bzImage, or the ELF file vmlinux.
/// Source: Linux Documentation/arch/x86/boot.rst.
/// </summary>
public sealed class LinuxImage : GuestImage
{
    private const ulong HeaderOffset = 0x1F1;
    private const ushort BootFlag = 0xAA55;
    private const uint HeaderMagic = 0x5372_6448; // HdrS
    private const ushort FirstVersionWith64BitEntry = 0x020C;
    private const uint EntryOffset = 0x200;
    private const uint SectorSize = 512;
    private const uint DefaultSetupSectors = 4;
    private const int LongestVersionText = 256;

    // What a vmlinux, which has no header, is said to have. Its command line's length is COMMAND_LINE_SIZE of x86.
    private static readonly SetupHeader s_vmlinuxHeader = new()
    {
        BootFlag = BootFlag,
        Header = HeaderMagic,
        Version = FirstVersionWith64BitEntry,
        KernelAlignment = 0x100_0000,
        CmdlineSize = 2047,
        InitrdAddrMax = 0x7FFF_FFFF,
    };

    private readonly ulong _memorySize;

    private LinuxImage(
        ImageFile file,
        in SetupHeader header,
        ulong entry,
        IReadOnlyList<ImageSegment> segments,
        ulong memorySize,
        string? version
    )
        : base(file, BootProtocol.Linux64, entry, segments)
    {
        Header = header;
        Version = version;
        _memorySize = memorySize;
    }

    /// <summary>What the kernel says of its version, if it does.</summary>
    public string? Version { get; }

    /// <inheritdoc/>
    public override ulong MemorySize => _memorySize;

    /// <inheritdoc/>
    public override uint LongestCommandLine => Header.CmdlineSize == 0 ? 255 : Header.CmdlineSize;

    /// <summary>What the image says of itself.</summary>
    internal SetupHeader Header { get; }

    internal static bool IsOne(ImageFile file) =>
        file.Length >= 0x206
        && file.Read<ushort>(0x1FE, "the boot flag") == BootFlag
        && file.Read<uint>(0x202, "the header's magic number") == HeaderMagic;

    internal static LinuxImage ParseBzImage(ImageFile file)
    {
        var header = file.Read<SetupHeader>(HeaderOffset, "the setup header");
        if (header.Version < FirstVersionWith64BitEntry)
        {
            throw file.Error(
                0x206,
                $"The kernel speaks version {header.Version >> 8}.{header.Version & 0xFF} of the boot protocol; a 64-bit entry it may have from 2.12 on."
            );
        }
        if ((header.Xloadflags & LinuxLoadFlags.Kernel64) == 0)
            throw file.Error(0x236, "The kernel has no 64-bit entry: it is a 32-bit kernel.");
        var setupSize = ((header.SetupSects == 0 ? DefaultSetupSectors : header.SetupSects) + 1) * SectorSize;
        if (setupSize >= file.Length)
            throw file.Error(HeaderOffset, $"The real-mode part has {setupSize} bytes, and the file no more than {file.Length}.");
        var size = file.Length - setupSize;
        var address = header.PrefAddress;
        if (header.InitSize < size)
            throw file.Error(0x260, $"The kernel has 0x{size:X} bytes and says that it needs only 0x{header.InitSize:X} of memory.");
        if (address > uint.MaxValue)
            throw file.Error(0x258, $"The kernel prefers address 0x{address:X}, above 4 GiB.");
        return new(
            file,
            header,
            address + EntryOffset,
            Checked(file, [new ImageSegment(setupSize, size, address, size)]),
            header.InitSize,
            VersionOf(file, header)
        );
    }

    /// <summary>
    /// Reads a vmlinux, for the 64-bit boot protocol though it may have a PVH note: its entry is startup_64, which takes the zero page as
    /// the bzImage's does.
    /// </summary>
    /// <param name="file">The file; it must stay open until the image was loaded.</param>
    /// <exception cref="ImageException">It is no ELF file for x86-64, or there is a mistake in it.</exception>
    public static LinuxImage ParseVmlinux(ImageFile file)
    {
        System.ArgumentNullException.ThrowIfNull(file);
        var elf = ElfFile.IsOne(file) ? ElfFile.Read(file) : throw file.Error(0, "This is no ELF file.");
        if (!elf.Is64Bit)
            throw file.Error(4, "This is a 32-bit ELF file, which has no 64-bit entry.");
        var segments = Checked(file, elf.Segments);
        return new(
            file,
            s_vmlinuxHeader,
            ElfImage.CheckedEntry(file, elf.Entry),
            segments,
            segments[^1].End - segments[0].Address,
            version: null
        );
    }

    private static string? VersionOf(ImageFile file, in SetupHeader header)
    {
        if (header.KernelVersion == 0 || header.KernelVersion + 0x200UL + LongestVersionText > file.Length)
            return null;
        var text = new byte[LongestVersionText];
        file.Read(header.KernelVersion + 0x200UL, text, "the version");
        var end = System.Array.IndexOf(text, (byte)0);
        return end <= 0 ? null : Encoding.ASCII.GetString(text, 0, end);
    }
}
