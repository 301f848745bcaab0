using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace KernelVms;

/// <summary>A dump of those pages alone that were read of another.</summary>
internal static class DumpExcerpt
{
    private const int PageSize = MemoryDump.PageSize;

    /// <summary>Writes it.</summary>
    public static void Write(MemoryDump dump, string path)
    {
        byte[] note = [.. Note(dump.Info)];
        var runs = Runs(dump.PagesRead).ToList();
        var offset = (ulong)(Unsafe.SizeOf<Elf64Hdr>() + ((runs.Count + 1) * Unsafe.SizeOf<Elf64Phdr>()));
        List<Elf64Phdr> segments = [Segment(4, offset, 0, note.Length)];
        offset += (ulong)note.Length;
        foreach (var (first, count) in runs)
        {
            segments.Add(Segment(1, offset, first * PageSize, count * PageSize));
            offset += (ulong)count * PageSize;
        }
        try
        {
            using var file = File.Create(path);
            file.Write(AsBytes(Header(segments.Count)));
            foreach (var segment in segments)
                file.Write(AsBytes(segment));
            file.Write(note);
            var page = new byte[PageSize];
            foreach (var (first, count) in runs)
            {
                for (ulong i = 0; i < (ulong)count; i++)
                {
                    dump.Read((first + i) * PageSize, page);
                    file.Write(page);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DumpException($"{path} cannot be written: {e.Message}");
        }
    }

    private static IEnumerable<(ulong First, int Count)> Runs(IEnumerable<ulong> pages)
    {
        (ulong First, int Count) run = default;
        foreach (var page in pages)
        {
            if (run.Count > 0 && page == run.First + (ulong)run.Count)
                run.Count++;
            else
            {
                if (run.Count > 0)
                    yield return run;
                run = (page, 1);
            }
        }
        if (run.Count > 0)
            yield return run;
    }

    private static Elf64Hdr Header(int segments)
    {
        var header = new Elf64Hdr
        {
            EType = 4, // A core.
            EMachine = 62, // x86-64.
            EVersion = 1,
            EPhoff = (ulong)Unsafe.SizeOf<Elf64Hdr>(),
            EEhsize = (ushort)Unsafe.SizeOf<Elf64Hdr>(),
            EPhentsize = (ushort)Unsafe.SizeOf<Elf64Phdr>(),
            EPhnum = (ushort)segments,
        };
        "\u007fELF\u0002\u0001\u0001"u8.CopyTo(header.EIdent);
        return header;
    }

    private static Elf64Phdr Segment(uint type, ulong offset, ulong address, int size) =>
        new()
        {
            PType = type,
            POffset = offset,
            PPaddr = address,
            PFilesz = (ulong)size,
            PMemsz = (ulong)size,
        };

    private static IEnumerable<byte> Note(VmcoreInfo info)
    {
        var text = Encoding.ASCII.GetBytes(info.Text);
        var note = new Elf64Note { NNamesz = (uint)VmcoreInfo.Note.Length, NDescsz = (uint)text.Length };
        return [.. AsBytes(note), .. Padded(VmcoreInfo.Note), .. Padded(text)];
    }

    private static byte[] Padded(ReadOnlySpan<byte> bytes)
    {
        var padded = new byte[(bytes.Length + 3) & ~3];
        bytes.CopyTo(padded);
        return padded;
    }

    private static byte[] AsBytes<T>(T value)
        where T : unmanaged
    {
        var bytes = new byte[Unsafe.SizeOf<T>()];
        MemoryMarshal.Write(bytes, in value);
        return bytes;
    }
}
