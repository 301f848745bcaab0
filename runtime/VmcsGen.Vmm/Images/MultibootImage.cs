using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace VmcsGen.Vmm;

/// <summary>A multiboot image: ELF, or with the addresses in its header. Source: Multiboot Specification 0.6.96, 3.1.</summary>
public sealed class MultibootImage : GuestImage
{
    private const uint Magic = 0x1BAD_B002;
    private const int SearchedBytes = 8192;
    private const int HeaderBytesWithoutAddresses = 12;
    private const uint KnownDemands = 0x7; // Pages, memory, video; above bit 15 wishes, of which bit 16 says that addresses are given.
    private const uint AddressesGiven = 1 << 16;

    private MultibootImage(ImageFile file, ulong entry, IReadOnlyList<ImageSegment> segments)
        : base(file, BootProtocol.Multiboot, entry, segments) { }

    /// <summary>Where the header is, or null if there is none.</summary>
    internal static ulong? Find(ImageFile file)
    {
        var head = new byte[(int)Math.Min(SearchedBytes, file.Length)];
        file.Read(0, head, "the head of the file");
        for (var at = 0; at + HeaderBytesWithoutAddresses <= head.Length; at += 4)
        {
            var words = MemoryMarshal.Cast<byte, uint>(head.AsSpan(at, HeaderBytesWithoutAddresses));
            if (words[0] == Magic && unchecked(words[0] + words[1] + words[2]) == 0)
                return (uint)at;
        }
        return null;
    }

    internal static MultibootImage Parse(ImageFile file, ulong at)
    {
        var flags = file.Read<uint>(at + 4, "the multiboot flags");
        if ((flags & 0xFFFF & ~KnownDemands) != 0)
            throw file.Error(at + 4, $"The image demands 0x{flags & 0xFFFF:X}, of which only 0x{KnownDemands:X} is known.");
        if ((flags & AddressesGiven) == 0)
        {
            if (!ElfFile.IsOne(file))
                throw file.Error(at + 4, "The multiboot header gives no addresses (bit 16), and the file is no ELF file.");
            var elf = ElfFile.Read(file);
            return elf.Entry <= uint.MaxValue
                ? new(file, elf.Entry, Checked(file, elf.Segments))
                : throw file.Error(24, $"The program begins at 0x{elf.Entry:X}, above 4 GiB.");
        }

        Span<byte> bytes = stackalloc byte[Marshal.SizeOf<MultibootHeader>()];
        bytes.Clear();
        file.Read(at, bytes[..32], "the multiboot header"); // Without the video mode, which need not be there.
        var header = MemoryMarshal.Read<MultibootHeader>(bytes);
        if (header.LoadAddr > header.HeaderAddr || header.HeaderAddr - header.LoadAddr > at)
            throw file.Error(at + 16, $"The file cannot be loaded at 0x{header.LoadAddr:X} with its header at 0x{header.HeaderAddr:X}.");
        var offset = at - (header.HeaderAddr - header.LoadAddr);
        var end = header.LoadEndAddr == 0 ? header.LoadAddr + (file.Length - offset) : header.LoadEndAddr;
        if (end < header.LoadAddr)
            throw file.Error(at + 20, $"What is loaded at 0x{header.LoadAddr:X} ends at 0x{end:X}, before it begins.");
        var bssEnd = header.BssEndAddr == 0 ? end : header.BssEndAddr;
        if (bssEnd < end)
            throw file.Error(at + 24, $"The zeros behind what is loaded end at 0x{bssEnd:X}, before they begin.");
        var size = end - header.LoadAddr;
        return new(file, header.EntryAddr, Checked(file, [new(offset, size, header.LoadAddr, bssEnd - header.LoadAddr)]));
    }
}
