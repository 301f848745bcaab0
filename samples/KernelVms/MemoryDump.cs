using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace KernelVms;

/// <summary>
/// The physical memory of a machine in an ELF core, as QEMU's dump-guest-memory and Linux's /proc/vmcore write it;
/// elf.structs.vmcs.yaml has the structs. Nothing that the file says is trusted.
/// </summary>
internal sealed class MemoryDump : IDisposable
{
    public const int PageSize = 4096;

    private const int LoadSegment = 1;
    private const int NoteSegment = 4;
    private const ulong LargestNotes = 16 << 20;

    private readonly SafeFileHandle _file;
    private readonly ulong _length;
    private readonly List<Elf64Phdr> _segments = [];
    private readonly SortedSet<ulong> _pages = [];

    public MemoryDump(string path)
    {
        try
        {
            _file = File.OpenHandle(path);
            _length = (ulong)RandomAccess.GetLength(_file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            _file?.Dispose();
            throw new DumpException($"{path} cannot be read: {e.Message}");
        }
        try
        {
            ReadHeaders();
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>What the kernel tells tools that read dumps (Linux Documentation/admin-guide/kdump/vmcoreinfo.rst).</summary>
    public VmcoreInfo Info { get; private set; } = new("");

    /// <summary>Bytes of memory in the dump, and in how many pieces.</summary>
    public (ulong Bytes, int Pieces) Extent =>
        (_segments.Aggregate(0UL, static (all, segment) => unchecked(all + segment.PFilesz)), _segments.Count);

    /// <summary>Numbers of the pages that were read.</summary>
    public IReadOnlyCollection<ulong> PagesRead => _pages;

    /// <summary>Copies physical memory.</summary>
    public void Read(ulong address, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            var count = (int)Math.Min((ulong)destination.Length, PageSize - (address % PageSize));
            ReadInPage(address, destination[..count]);
            destination = destination[count..];
            address = unchecked(address + (ulong)count);
        }
    }

    public void Dispose() => _file.Dispose();

    private void ReadInPage(ulong address, Span<byte> destination)
    {
        foreach (var segment in _segments)
        {
            var offset = unchecked(address - segment.PPaddr);
            if (address < segment.PPaddr || offset >= segment.PFilesz)
                continue;
            if (segment.PFilesz - offset < (ulong)destination.Length)
                break;
            ReadFile(segment.POffset + offset, destination);
            _pages.Add(address / PageSize);
            return;
        }
        throw new DumpException($"physical address 0x{address:X} is not in the dump.");
    }

    private void ReadHeaders()
    {
        if (_length < (ulong)Unsafe.SizeOf<Elf64Hdr>())
            throw new DumpException("the dump is shorter than the header of an ELF file.");
        var header = Read<Elf64Hdr>(0);
        // Class 2: 64 bits; data 1: little-endian.
        if (!((ReadOnlySpan<byte>)header.EIdent).StartsWith("\u007fELF\u0002\u0001"u8))
            throw new DumpException(
                "the dump is no ELF file of 64 bits. QEMU writes one with 'dump-guest-memory FILE', without -z, -l or -s."
            );
        if (header.EPhentsize < Unsafe.SizeOf<Elf64Phdr>() || header.EPhnum == ushort.MaxValue)
            throw new DumpException("the dump's program headers are of a form that is not known here.");
        for (ulong i = 0; i < header.EPhnum; i++)
        {
            var segment = Read<Elf64Phdr>(unchecked(header.EPhoff + (i * header.EPhentsize)));
            if (segment.POffset > _length || segment.PFilesz > _length - segment.POffset)
                throw new DumpException($"segment {i} of the dump lies beyond the end of the file: the file is cut off.");
            if (segment.PType == LoadSegment)
                _segments.Add(segment);
            else if (segment.PType == NoteSegment)
                ReadNotes(segment);
        }
    }

    private void ReadNotes(Elf64Phdr segment)
    {
        if (segment.PFilesz > LargestNotes)
            throw new DumpException($"the dump's notes have {segment.PFilesz} bytes, which is more than any dump has.");
        var notes = new byte[segment.PFilesz];
        ReadFile(segment.POffset, notes);
        for (ReadOnlySpan<byte> rest = notes; rest.Length >= Unsafe.SizeOf<Elf64Note>(); )
        {
            var note = MemoryMarshal.Read<Elf64Note>(rest);
            rest = rest[Unsafe.SizeOf<Elf64Note>()..];
            if (RoundUp(note.NNamesz) + RoundUp(note.NDescsz) is var size && size > (ulong)rest.Length)
                throw new DumpException("a note of the dump ends outside of the notes.");
            if (rest[..(int)note.NNamesz].StartsWith(VmcoreInfo.Note))
                Info = VmcoreInfo.Of(rest.Slice((int)RoundUp(note.NNamesz), (int)note.NDescsz));
            rest = rest[(int)size..];
        }
    }

    private T Read<T>(ulong offset)
        where T : unmanaged
    {
        var bytes = new byte[Unsafe.SizeOf<T>()];
        ReadFile(offset, bytes);
        return MemoryMarshal.Read<T>(bytes);
    }

    private void ReadFile(ulong offset, Span<byte> destination)
    {
        if (offset > _length || _length - offset < (ulong)destination.Length)
            throw new DumpException("the dump ends too early: the file is cut off.");
        for (var at = (long)offset; !destination.IsEmpty; )
        {
            var count = RandomAccess.Read(_file, destination, at);
            if (count == 0)
                throw new DumpException("the dump became shorter while it was read.");
            destination = destination[count..];
            at += count;
        }
    }

    private static ulong RoundUp(uint size) => ((ulong)size + 3) & ~3UL;
}
