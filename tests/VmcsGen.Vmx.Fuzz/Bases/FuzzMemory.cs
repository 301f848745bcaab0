using System;
using System.Runtime.InteropServices;
using VmcsGen.Vmx.Structures;
using VmcsGen.Vmx.Testing;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>What lies where in the processor's memory, behind the pages of the rig. All guests share it.</summary>
public sealed class FuzzMemory
{
    /// <summary>Bytes of the MSR areas: a page, so 256 entries.</summary>
    public const int PageSize = 4096;

    private const int RigPages = 16;
    private const int Entries32 = 1024;
    private const int Entries64 = 512;
    private const ulong Present = 1;
    private const ulong ForUser = 7;
    private const ulong LargePage = 1 << 7;
    private const uint Lstar = 0xC000_0082;

    // Read, write, execute; write-back (SDM 3C 29.3.2).
    private const ulong EptTable = 7;
    private const ulong EptLargePage = 7 | 6 << 3 | LargePage;

    private readonly ulong _start;

    /// <param name="rig">The rig, whose memory this follows.</param>
    public FuzzMemory(VmxRig rig)
    {
        CurrentVmcs = rig.VmcsRegion;
        _start = rig.VmxonRegion + (RigPages * PageSize);
    }

    /// <summary>The VMCS that is launched.</summary>
    public ulong CurrentVmcs { get; }

    /// <summary>A clear VMCS of this processor.</summary>
    public ulong LinkedVmcs => Page(0);

    /// <summary>A clear shadow VMCS of this processor.</summary>
    public ulong ShadowVmcs => Page(1);

    /// <summary>A VMCS of another processor.</summary>
    public ulong StrangeVmcs => Page(2);

    /// <summary>CPUID; CPUID.</summary>
    public ulong Code => Page(3);

    /// <summary>For VM entry: one valid entry after the other.</summary>
    public ulong EntryMsrLoad => Page(4);

    /// <summary>For VM exits: one valid entry after the other.</summary>
    public ulong ExitMsrLoad => Page(5);

    /// <summary>For VM exits: entries of MSRs that can be read.</summary>
    public ulong ExitMsrStore => Page(6);

    /// <summary>A page directory that maps 4 GiB to themselves, but its first 4 MiB by <see cref="LowPageTable"/>.</summary>
    public ulong PageDirectory => Page(7);

    /// <summary>The page table of the first 4 MiB: the code at <see cref="LowCode"/>, the rest to itself.</summary>
    public ulong LowPageTable => Page(8);

    /// <summary>A page-directory-pointer table with one entry, for PAE paging.</summary>
    public ulong PaePointerTable => Page(9);

    /// <summary>Maps 1 GiB to itself, for PAE paging.</summary>
    public ulong PaeDirectory => Page(10);

    /// <summary>EPT paging structures of four levels for 1 GiB.</summary>
    public ulong EptRoot => Page(11);

    private ulong EptPointerTable => Page(12);

    private ulong EptDirectory => Page(13);

    /// <summary>Where the guests' descriptor tables would be: nothing but zeros, as on all pages from here on.</summary>
    public ulong Zeros => Page(14);

    /// <summary>The virtual-APIC page.</summary>
    public ulong VirtualApic => Page(15);

    /// <summary>Other pages that controls refer to: two for bitmaps.</summary>
    public ulong Bitmaps => Page(16);

    /// <summary>64 KiB for the segments of guests outside of flat mode.</summary>
    public ulong Segment => (Page(32) + 0xFFFF) & ~0xFFFFUL;

    /// <summary>Linear address of the code below 1 MiB.</summary>
    public static ulong LowCode => 0x1_0000;

    /// <summary>The entry that fills MSR areas: IA32_LSTAR.</summary>
    public static MsrAreaEntry ValidEntry => new(Lstar, 0x1000);

    /// <summary>
    /// The four entries of <see cref="PaePointerTable"/>. A guest whose CR3 makes another structure of it sets its accessed bits, which
    /// are reserved in a PDPTE.
    /// </summary>
    public byte[] Pdptes => MemoryMarshal.AsBytes<ulong>([PaeDirectory | Present, 0, 0, 0]).ToArray();

    /// <summary>Writes all of it.</summary>
    public void Write(IPhysicalMemory memory, VmxBasic basic)
    {
        var revision = basic.VmcsRevisionIdentifier;
        WritePage<uint>(memory, LinkedVmcs, page => page[0] = revision);
        WritePage<uint>(memory, ShadowVmcs, page => page[0] = revision | 1u << 31);
        WritePage<uint>(memory, StrangeVmcs, page => page[0] = revision ^ 1);
        // Twice, in case the first does not exit.
        WritePage<uint>(memory, Code, static page => page[0] = 0xA20F_A20F);
        foreach (var area in (ReadOnlySpan<ulong>)[EntryMsrLoad, ExitMsrLoad, ExitMsrStore])
            WritePage<MsrAreaEntry>(memory, area, static page => page.Fill(ValidEntry));
        WritePage<uint>(
            memory,
            PageDirectory,
            page =>
            {
                page[0] = (uint)(LowPageTable | ForUser);
                for (var i = 1; i < Entries32; i++)
                    page[i] = (uint)i << 22 | (uint)(ForUser | LargePage);
            }
        );
        WritePage<uint>(
            memory,
            LowPageTable,
            page =>
            {
                for (var i = 0; i < Entries32; i++)
                    page[i] = (uint)i << 12 | (uint)ForUser;
                page[(int)(LowCode >> 12)] = (uint)(Code | ForUser);
            }
        );
        memory.Write(PaePointerTable, new byte[PageSize]);
        memory.Write(PaePointerTable, Pdptes);
        WritePage<ulong>(memory, PaeDirectory, static page => FillLarge(page, ForUser | LargePage));
        WritePage<ulong>(memory, EptRoot, page => page[0] = EptPointerTable | EptTable);
        WritePage<ulong>(memory, EptPointerTable, page => page[0] = EptDirectory | EptTable);
        WritePage<ulong>(memory, EptDirectory, static page => FillLarge(page, EptLargePage));
        memory.Write(Zeros, new byte[(int)(Segment - Zeros) + 0x1_0000]);
    }

    private static void FillLarge(Span<ulong> page, ulong flags)
    {
        for (var i = 0; i < Entries64; i++)
            page[i] = (ulong)i << 21 | flags;
    }

    private static void WritePage<T>(IPhysicalMemory memory, ulong address, SpanAction<T> fill)
        where T : unmanaged
    {
        var page = new byte[PageSize];
        fill(MemoryMarshal.Cast<byte, T>(page.AsSpan()));
        memory.Write(address, page);
    }

    private delegate void SpanAction<T>(Span<T> page);

    private ulong Page(int number) => _start + ((ulong)number * PageSize);
}
