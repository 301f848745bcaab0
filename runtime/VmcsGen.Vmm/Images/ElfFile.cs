using System;
using System.Collections.Generic;
using System.Text;

namespace VmcsGen.Vmm;

/// <summary>What a loader needs of an ELF file for x86. Source: System V ABI, chapters 4 and 5.</summary>
internal sealed class ElfFile
{
    internal const ushort Executable = 2;
    internal const ushort Machine386 = 3;
    internal const ushort MachineX64 = 62;

    private const uint PartLoad = 1;
    private const uint PartNote = 4;
    private const int MostParts = 256;
    private const ulong MostNoteBytes = 1 << 20;

    private static readonly byte[] s_magic = [0x7F, (byte)'E', (byte)'L', (byte)'F'];

    private readonly ImageFile _file;
    private readonly List<(ulong Offset, ulong Size)> _notes = [];

    private ElfFile(ImageFile file, bool is64Bit, ushort machine, ulong entry)
    {
        _file = file;
        Is64Bit = is64Bit;
        Machine = machine;
        Entry = entry;
    }

    internal bool Is64Bit { get; }

    internal ushort Machine { get; }

    internal ulong Entry { get; }

    /// <summary>What belongs into memory, as the file says it.</summary>
    internal List<ImageSegment> Segments { get; } = [];

    internal static bool IsOne(ImageFile file) =>
        file.Length >= 4 && file.Read<uint>(0, "the magic number") == BitConverter.ToUInt32(s_magic);

    internal static ElfFile Read(ImageFile file)
    {
        Span<byte> ident = stackalloc byte[16];
        file.Read(0, ident, "the ELF identification");
        if (ident[5] != 1)
            throw file.Error(5, "The file is not little-endian.");
        return ident[4] switch
        {
            1 => Read32(file),
            2 => Read64(file),
            _ => throw file.Error(4, $"The ELF class is {ident[4]}; 1 (32-bit) and 2 (64-bit) are known."),
        };
    }

    /// <summary>Finds a note and reads its content as a number of 4 or 8 bytes.</summary>
    internal ulong? FindNote(string owner, uint type)
    {
        foreach (var (start, size) in _notes)
        {
            // Headers, names and contents are aligned to 4 bytes. Source: ELF specification, note section.
            for (ulong at = 0; size - at >= 12; )
            {
                var header = _file.Read<ElfNoteHeader>(start + at, "a note");
                var name = at + 12;
                var content = name + Aligned(header.NNamesz);
                var end = content + Aligned(header.NDescsz);
                if (end > size)
                    throw _file.Error(start + at, $"A note of {end - at} bytes goes beyond the end of the notes.");
                if (header.NType == type && header.NNamesz == owner.Length + 1 && NameAt(start + name, owner.Length) == owner)
                {
                    return header.NDescsz switch
                    {
                        4 => _file.Read<uint>(start + content, "a note's content"),
                        8 => _file.Read<ulong>(start + content, "a note's content"),
                        _ => throw _file.Error(start + at, $"The note {owner} {type} has {header.NDescsz} bytes of content, not 4 or 8."),
                    };
                }
                at = end;
            }
        }
        return null;
    }

    private static ElfFile Read32(ImageFile file)
    {
        var header = file.Read<Elf32Header>(0, "the ELF header");
        ElfFile elf = new(file, is64Bit: false, header.EMachine, header.EEntry);
        elf.Check(header.EType, header.EPhnum, header.EPhentsize, 32);
        for (uint i = 0; i < header.EPhnum; i++)
        {
            var part = file.Read<Elf32ProgramHeader>(header.EPhoff + i * (ulong)header.EPhentsize, "a program header");
            elf.Take(part.PType, new(part.POffset, part.PFilesz, part.PPaddr, part.PMemsz));
        }
        return elf;
    }

    private static ElfFile Read64(ImageFile file)
    {
        var header = file.Read<Elf64Header>(0, "the ELF header");
        ElfFile elf = new(file, is64Bit: true, header.EMachine, header.EEntry);
        elf.Check(header.EType, header.EPhnum, header.EPhentsize, 56);
        for (uint i = 0; i < header.EPhnum; i++)
        {
            if (header.EPhoff > file.Length)
                throw file.Error(32, $"Program headers at 0x{header.EPhoff:X} lie behind the end of the file.");
            var part = file.Read<Elf64ProgramHeader>(header.EPhoff + i * (ulong)header.EPhentsize, "a program header");
            elf.Take(part.PType, new(part.POffset, part.PFilesz, part.PPaddr, part.PMemsz));
        }
        return elf;
    }

    private void Check(ushort type, ushort parts, ushort partSize, int expectedPartSize)
    {
        if (type != Executable)
            throw _file.Error(16, $"The ELF type is {type}; a program to be loaded at fixed addresses has 2 (ET_EXEC).");
        if (Machine != (Is64Bit ? MachineX64 : Machine386) && Machine != MachineX64)
            throw _file.Error(18, $"The ELF machine is {Machine}; 3 (i386) and 62 (x86-64) are known.");
        if (parts > MostParts)
            throw _file.Error(Is64Bit ? 56u : 44u, $"There are {parts} program headers; more than {MostParts} are refused.");
        if (parts > 0 && partSize != expectedPartSize)
            throw _file.Error(Is64Bit ? 54u : 42u, $"A program header has {partSize} bytes, not {expectedPartSize}.");
    }

    private void Take(uint type, ImageSegment part)
    {
        if (type == PartLoad && part.MemorySize > 0)
            Segments.Add(part);
        if (type != PartNote)
            return;
        if (part.FileSize > MostNoteBytes || part.Offset > _file.Length || part.FileSize > _file.Length - part.Offset)
            throw _file.Error(
                part.Offset,
                $"Notes of 0x{part.FileSize:X} bytes go beyond the end of the file, or have more than 0x{MostNoteBytes:X}."
            );
        _notes.Add((part.Offset, part.FileSize));
    }

    private string NameAt(ulong offset, int length)
    {
        var name = new byte[length];
        _file.Read(offset, name, "a note's name");
        return Encoding.ASCII.GetString(name);
    }

    private static ulong Aligned(uint length) => ((ulong)length + 3) & ~3UL;
}
