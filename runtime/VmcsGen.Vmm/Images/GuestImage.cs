using System;
using System.Collections.Generic;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>
/// A program for a guest: what of a file goes where in memory, and how it is started. Files may be hostile: whatever they say is checked,
/// mistakes are errors with the offset, and nothing is written outside of the guest's memory.
/// </summary>
public abstract class GuestImage
{
    private protected GuestImage(ImageFile file, BootProtocol protocol, ulong entry, IReadOnlyList<ImageSegment> segments)
    {
        File = file;
        Protocol = protocol;
        Entry = entry;
        Segments = segments;
    }

    /// <summary>The file.</summary>
    public ImageFile File { get; }

    /// <summary>How the program is started.</summary>
    public BootProtocol Protocol { get; }

    /// <summary>The guest physical address of its first instruction.</summary>
    public ulong Entry { get; }

    /// <summary>What goes where, by address.</summary>
    public IReadOnlyList<ImageSegment> Segments { get; }

    /// <summary>Bytes from the first address that the program needs before it knows the memory map.</summary>
    public virtual ulong MemorySize => Segments[^1].End - Segments[0].Address;

    /// <summary>Most bytes of a command line that the program takes.</summary>
    public virtual uint LongestCommandLine => 4095;

    /// <summary>
    /// Finds out what a file is: a bzImage, a multiboot image, or ELF (a vmlinux, or a program with a PVH note). A flat file says nothing
    /// of itself: make a <see cref="FlatImage"/> of it.
    /// </summary>
    /// <param name="file">The file; it must stay open until the image was loaded.</param>
    /// <exception cref="ImageException">It is none of these, or there is a mistake in it.</exception>
    public static GuestImage Parse(ImageFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (LinuxImage.IsOne(file))
            return LinuxImage.ParseBzImage(file);
        if (MultibootImage.Find(file) is { } header)
            return MultibootImage.Parse(file, header);
        if (ElfFile.IsOne(file))
            return ElfImage.ParseKernel(file);
        throw file.Error(
            0,
            "This is no bzImage (HdrS at 0x202), no ELF file and no multiboot image. A file without a header is loaded as a flat image, which "
                + "needs an address and a mode."
        );
    }

    /// <summary>Copies the program into guest memory.</summary>
    /// <param name="memory">The guest's memory.</param>
    /// <exception cref="ImageException">It does not fit, or the file became shorter.</exception>
    public void Load(GuestPhysicalMemory memory)
    {
        ArgumentNullException.ThrowIfNull(memory);
        foreach (var segment in Segments)
        {
            try
            {
                File.CopyTo(memory, segment.Address, segment.Offset, segment.FileSize, "a part of the program");
                Clear(memory, segment.Address + segment.FileSize, segment.MemorySize - segment.FileSize);
            }
            catch (GuestMemoryException e)
            {
                throw File.Error(
                    segment.Offset,
                    $"0x{segment.MemorySize:X} bytes belong to guest physical 0x{segment.Address:X}, and the guest has no memory at "
                        + $"0x{e.HoleAddress:X}. Give it more, or link the program elsewhere."
                );
            }
        }
    }

    /// <summary>Checks the parts that a file names, and sorts them by address.</summary>
    private protected static IReadOnlyList<ImageSegment> Checked(ImageFile file, List<ImageSegment> segments)
    {
        if (segments.Count == 0)
            throw file.Error(0, "Nothing of the file belongs into memory.");
        segments.Sort(static (one, other) => one.Address.CompareTo(other.Address));
        for (var i = 0; i < segments.Count; i++)
        {
            var segment = segments[i];
            if (segment.MemorySize < segment.FileSize)
                throw file.Error(
                    segment.Offset,
                    $"A part has 0x{segment.FileSize:X} bytes in the file, more than 0x{segment.MemorySize:X} in memory."
                );
            if (segment.Offset > file.Length || segment.FileSize > file.Length - segment.Offset)
                throw file.Error(
                    segment.Offset,
                    $"A part of 0x{segment.FileSize:X} bytes ends behind the file, which has 0x{file.Length:X}."
                );
            if (segment.End < segment.Address)
                throw file.Error(
                    segment.Offset,
                    $"A part of 0x{segment.MemorySize:X} bytes at 0x{segment.Address:X} ends behind the last address."
                );
            if (i > 0 && segments[i - 1].End > segment.Address)
                throw file.Error(segment.Offset, $"The part at 0x{segment.Address:X} overlaps the one at 0x{segments[i - 1].Address:X}.");
        }
        return segments;
    }

    private static void Clear(GuestPhysicalMemory memory, ulong address, ulong length)
    {
        // All of it first, so that a hole at the end is met before anything is cleared at great length.
        if (length > 0)
            memory.Write<byte>(address + length - 1, 0);
        var zeros = new byte[(int)Math.Min(length, 1 << 16)];
        while (length > 0)
        {
            var chunk = zeros.AsSpan(0, (int)Math.Min(length, (ulong)zeros.Length));
            memory.Write(address, chunk);
            address += (uint)chunk.Length;
            length -= (uint)chunk.Length;
        }
    }
}
