using System.Collections.Generic;

namespace VmcsGen.Vmm;

/// <summary>
/// An ELF program. One with a PVH note is started at the note's address, in 32-bit mode; others as the caller says.
/// Source: Xen docs/misc/pvh.pandoc.
/// </summary>
public sealed class ElfImage : GuestImage
{
    private const string NoteOwner = "Xen";
    private const uint NotePhys32Entry = 18;

    private ElfImage(ImageFile file, BootProtocol protocol, ulong entry, IReadOnlyList<ImageSegment> segments)
        : base(file, protocol, entry, segments) { }

    /// <summary>Reads an ELF program that is told nothing, such as a unikernel or a test.</summary>
    /// <param name="file">The file; it must stay open until the image was loaded.</param>
    /// <param name="protocol">
    /// <see cref="BootProtocol.ProtectedMode"/> or <see cref="BootProtocol.LongMode"/>; null for the one of the file's class.
    /// </param>
    /// <exception cref="ImageException">There is a mistake in it.</exception>
    public static ElfImage Parse(ImageFile file, BootProtocol? protocol = null)
    {
        System.ArgumentNullException.ThrowIfNull(file);
        var elf = ElfFile.Read(file);
        return new(
            file,
            protocol ?? (elf.Is64Bit ? BootProtocol.LongMode : BootProtocol.ProtectedMode),
            CheckedEntry(file, elf.Entry),
            Checked(file, elf.Segments)
        );
    }

    /// <summary>Reads an ELF kernel: by its PVH note if there is one, else as a vmlinux.</summary>
    internal static GuestImage ParseKernel(ImageFile file)
    {
        var elf = ElfFile.Read(file);
        var segments = Checked(file, elf.Segments);
        if (elf.FindNote(NoteOwner, NotePhys32Entry) is { } entry)
            return new ElfImage(file, BootProtocol.Pvh, CheckedEntry(file, entry), segments);
        return elf.Is64Bit
            ? LinuxImage.ParseVmlinux(file)
            : new ElfImage(file, BootProtocol.ProtectedMode, CheckedEntry(file, elf.Entry), segments);
    }

    internal static ulong CheckedEntry(ImageFile file, ulong entry) =>
        entry <= uint.MaxValue ? entry : throw file.Error(24, $"The program begins at 0x{entry:X}, above 4 GiB.");
}
