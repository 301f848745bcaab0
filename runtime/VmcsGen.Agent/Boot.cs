using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Agent;

/// <summary>
/// From reset to 64-bit mode. Real mode goes straight to IA-32e mode: PE and PG may be set together (SDM 3A 11.8.5 asks for paging
/// structures, PAE and LME before PG, and for nothing else).
/// </summary>
internal static class Boot
{
    private const int Ia32Efer = unchecked((int)0xC000_0080);
    private const int EferLme = 1 << 8;
    private const int Cr4Pae = 1 << 5;

    // PG, NE, ET, PE. VMX operation needs all but ET (SDM 3D A.7); CD and NW, set by reset, are left out.
    private const uint Cr0 = 0x8000_0031;

    // Present, writable; and a page of 2 MiB.
    private const int TableEntry = 0x03;
    private const int PageEntry = 0x83;
    private const int UserEntry = 0x04;

    private const int EntrySize = 8;
    private const int EntriesPerTable = 512;

    public static byte[] Assemble(int origin, int imageOffset, int imageDwords, uint entry, uint gdtDescriptor)
    {
        var code = new MachineCode(bitness: 16);
        var c = code.Assembler;
        c.cli();
        c.cld();
        c.xor(ax, ax);
        c.mov(ds, ax);
        c.mov(es, ax);
        CopyImage(c, imageOffset, imageDwords);
        WritePagingStructures(c);

        c.mov(eax, Cr4Pae);
        c.mov(cr4, eax);
        c.mov(eax, AgentMemory.Pml4);
        c.mov(cr3, eax);
        c.mov(ecx, Ia32Efer);
        c.rdmsr();
        c.or(eax, EferLme);
        c.wrmsr();
        c.lgdt(__[gdtDescriptor]);
        c.mov(eax, Cr0);
        c.mov(cr0, eax);
        // The code that runs now is still in the ROM below 4 GiB, which is mapped to itself too.
        c.jmp(Selectors.Code, entry);
        return code.Assemble((ulong)origin);
    }

    // Until CS is loaded for the first time its base is the ROM's segment at 4 GiB - 64 KiB: only CS reaches the ROM.
    private static void CopyImage(Assembler c, int imageOffset, int imageDwords)
    {
        var next = c.CreateLabel("copy");
        c.mov(bx, (short)imageOffset);
        c.mov(di, unchecked((short)AgentMemory.Image));
        c.mov(cx, (short)imageDwords);
        c.Label(ref next);
        c.mov(eax, __dword_ptr.cs[bx]);
        c.stosd();
        c.add(bx, 4);
        c.loop(next);
    }

    private static void WritePagingStructures(Assembler c)
    {
        c.mov(di, AgentMemory.Pml4);
        c.xor(eax, eax);
        c.mov(cx, (AgentMemory.PagingEnd - AgentMemory.Pml4) / 4);
        c.rep.stosd();

        // Only the alias is for CPL 3: a bit that one level lacks counts for all.
        c.mov(__dword_ptr[AgentMemory.Pml4], AgentMemory.Pdpt | TableEntry | UserEntry);
        c.mov(
            __dword_ptr[AgentMemory.Pdpt + (AgentMemory.PageDirectoryCount * EntrySize)],
            AgentMemory.UserDirectory | TableEntry | UserEntry
        );
        c.mov(__dword_ptr[AgentMemory.UserDirectory], PageEntry | UserEntry);
        for (var i = 0; i < AgentMemory.PageDirectoryCount; i++)
            c.mov(__dword_ptr[AgentMemory.Pdpt + (i * EntrySize)], (AgentMemory.PageDirectories + (i * 0x1000)) | TableEntry);

        var next = c.CreateLabel("page");
        c.mov(di, AgentMemory.PageDirectories);
        c.mov(eax, PageEntry);
        c.mov(cx, AgentMemory.PageDirectoryCount * EntriesPerTable);
        c.Label(ref next);
        c.stosd();
        c.add(di, 4);
        c.add(eax, 0x20_0000);
        c.loop(next);
    }
}
