using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.CompilerServices;
using System.Text;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>
/// Writes a stopped guest as an ELF core file, which gdb opens beside the guest's program or kernel: a thread for each vCPU, and the
/// memory. Source: System V ABI, chapter 5; glibc sys/procfs.h.
/// </summary>
/// <remarks>
/// In 64-bit mode memory has the linear addresses that the first vCPU's page tables give it, in other modes its physical ones, which each
/// part states too. If the tables have more than some 60,000 separate ranges, the addresses are physical.
/// </remarks>
public static class CoreFile
{
    private const ushort CoreType = 4;
    private const uint PartLoad = 1;
    private const uint PartNote = 4;
    private const uint ReadWriteExecute = 7;
    private const uint NoteStatus = 1;
    private const int PageSize = 0x1000;
    private const int ChunkSize = 1 << 20;

    /// <summary>Writes a core.</summary>
    /// <param name="stream">Where it goes; it need not be able to seek, and is not closed.</param>
    /// <param name="vcpus">The vCPUs, none of which runs.</param>
    /// <param name="memory">The guest's memory.</param>
    /// <param name="ranges">What of it to write, by address.</param>
    /// <exception cref="GuestMemoryException">There is no memory in one of the ranges.</exception>
    /// <exception cref="IOException">The stream takes no more.</exception>
    public static void Write(
        Stream stream,
        IReadOnlyList<KvmVcpu> vcpus,
        GuestPhysicalMemory memory,
        params ReadOnlySpan<MemoryMapRange> ranges
    )
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(vcpus);
        ArgumentNullException.ThrowIfNull(memory);
        var notes = Notes(vcpus);
        var parts = Parts(GuestMappings.Of(vcpus[0], memory), ranges);
        var headers = Unsafe.SizeOf<Elf64Header>() + (1 + parts.Count) * Unsafe.SizeOf<Elf64ProgramHeader>();
        var content = Aligned((ulong)(headers + notes.Length));

        TableBytes head = new();
        head.Add(Header(parts.Count + 1));
        head.Add(
            new Elf64ProgramHeader
            {
                PType = PartNote,
                POffset = (ulong)headers,
                PFilesz = (ulong)notes.Length,
            }
        );
        foreach (var part in parts)
        {
            head.Add(
                new Elf64ProgramHeader
                {
                    PType = PartLoad,
                    PFlags = ReadWriteExecute,
                    POffset = content + OffsetOf(part.Physical, ranges),
                    PVaddr = part.Linear,
                    PPaddr = part.Physical,
                    PFilesz = part.Size,
                    PMemsz = part.Size,
                }
            );
        }
        head.Add(notes).Add(new byte[content - (ulong)(headers + notes.Length)]);
        stream.Write(head.ToArray());
        foreach (var range in ranges)
            Copy(memory, range, stream);
    }

    private static byte[] Notes(IReadOnlyList<KvmVcpu> vcpus)
    {
        TableBytes notes = new();
        foreach (var vcpu in vcpus)
        {
            notes.Add(
                new ElfNoteHeader
                {
                    NNamesz = 5,
                    NDescsz = (uint)Unsafe.SizeOf<CoreThreadStatus>(),
                    NType = NoteStatus,
                }
            );
            notes.Add("CORE\0\0\0\0"u8); // Padded to a multiple of 4.
            notes.Add(new CoreThreadStatus { PrPid = vcpu.Id + 1, PrReg = RegistersOf(vcpu) });
        }
        return notes.ToArray();
    }

    private static CoreRegisters RegistersOf(KvmVcpu vcpu)
    {
        vcpu.GetRegs(out var regs);
        vcpu.GetSregs(out var sregs);
        return new CoreRegisters
        {
            R15 = regs.R15,
            R14 = regs.R14,
            R13 = regs.R13,
            R12 = regs.R12,
            Rbp = regs.Rbp,
            Rbx = regs.Rbx,
            R11 = regs.R11,
            R10 = regs.R10,
            R9 = regs.R9,
            R8 = regs.R8,
            Rax = regs.Rax,
            Rcx = regs.Rcx,
            Rdx = regs.Rdx,
            Rsi = regs.Rsi,
            Rdi = regs.Rdi,
            OrigRax = ulong.MaxValue,
            Rip = regs.Rip,
            Cs = sregs.Cs.Selector,
            Eflags = regs.Rflags,
            Rsp = regs.Rsp,
            Ss = sregs.Ss.Selector,
            FsBase = sregs.Fs.Base,
            GsBase = sregs.Gs.Base,
            Ds = sregs.Ds.Selector,
            Es = sregs.Es.Selector,
            Fs = sregs.Fs.Selector,
            Gs = sregs.Gs.Selector,
        };
    }

    /// <summary>The parts of the mappings that lie in the written ranges; without mappings the ranges themselves.</summary>
    private static List<GuestMapping> Parts(IReadOnlyList<GuestMapping>? mappings, ReadOnlySpan<MemoryMapRange> ranges)
    {
        List<GuestMapping> parts = [];
        foreach (var mapping in mappings ?? [])
        {
            foreach (var range in ranges)
            {
                var start = Math.Max(mapping.Physical, range.Address);
                var end = Math.Min(mapping.Physical + mapping.Size, range.End);
                if (start < end)
                    parts.Add(new(mapping.Linear + (start - mapping.Physical), start, end - start));
            }
        }
        if (mappings is not null && parts.Count < ushort.MaxValue - 1)
            return parts;
        parts.Clear();
        foreach (var range in ranges)
            parts.Add(new(range.Address, range.Address, range.Size));
        return parts;
    }

    private static ulong OffsetOf(ulong physical, ReadOnlySpan<MemoryMapRange> ranges)
    {
        ulong before = 0;
        foreach (var range in ranges)
        {
            if (physical >= range.Address && physical < range.End)
                return before + (physical - range.Address);
            before += range.Size;
        }
        throw new ArgumentException($"0x{physical:X} lies in no range that is written.", nameof(physical));
    }

    private static Elf64Header Header(int parts)
    {
        Elf64Header header = new()
        {
            EType = CoreType,
            EMachine = ElfFile.MachineX64,
            EVersion = 1,
            EPhoff = (ulong)Unsafe.SizeOf<Elf64Header>(),
            EEhsize = (ushort)Unsafe.SizeOf<Elf64Header>(),
            EPhentsize = (ushort)Unsafe.SizeOf<Elf64ProgramHeader>(),
            EPhnum = (ushort)parts,
        };
        ReadOnlySpan<byte> ident = [0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1];
        ident.CopyTo(header.EIdent);
        return header;
    }

    private static void Copy(GuestPhysicalMemory memory, MemoryMapRange range, Stream stream)
    {
        var buffer = new byte[Math.Min(ChunkSize, range.Size)];
        for (ulong done = 0; done < range.Size; )
        {
            var chunk = buffer.AsSpan(0, (int)Math.Min((ulong)buffer.Length, range.Size - done));
            memory.Read(range.Address + done, chunk);
            stream.Write(chunk);
            done += (uint)chunk.Length;
        }
    }

    private static ulong Aligned(ulong offset) => (offset + PageSize - 1) & ~(ulong)(PageSize - 1);
}
