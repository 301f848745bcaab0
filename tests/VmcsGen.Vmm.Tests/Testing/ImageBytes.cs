using System;
using System.Buffers.Binary;
using System.Text;

namespace VmcsGen.Vmm.Tests.Testing;

/// <summary>
/// Small images, written by the offsets of their manuals: Linux Documentation/arch/x86/boot.rst, System V ABI chapter 4, Multiboot
/// Specification 3.1.
/// </summary>
internal static class ImageBytes
{
    public const uint LoadAddress = 0x10_0000;

    /// <summary>A bzImage whose protected-mode part is given; its 64-bit entry is 0x200 bytes into that.</summary>
    public static byte[] BzImage(ReadOnlySpan<byte> entryCode, uint initSize = 0x1_0000)
    {
        const int setup = 5 * 512;
        var image = new byte[setup + 0x200 + Math.Max(entryCode.Length, 0x200)];
        image[0x1F1] = 4; // setup_sects
        Put16(image, 0x1FE, 0xAA55); // boot_flag
        "HdrS"u8.CopyTo(image.AsSpan(0x202));
        Put16(image, 0x206, 0x020F); // version
        Put16(image, 0x20E, 0x300); // kernel_version, 0x200 bytes before the text
        Encoding.ASCII.GetBytes("9.9.9-test").CopyTo(image, 0x500);
        image[0x211] = 1; // loadflags: LOADED_HIGH
        Put32(image, 0x22C, 0x7FFF_FFFF); // initrd_addr_max
        Put32(image, 0x230, 0x10_0000); // kernel_alignment
        Put16(image, 0x236, 1); // xloadflags: XLF_KERNEL_64
        Put32(image, 0x238, 200); // cmdline_size
        Put64(image, 0x258, LoadAddress); // pref_address
        Put32(image, 0x260, initSize); // init_size
        entryCode.CopyTo(image.AsSpan(setup + 0x200));
        return image;
    }

    /// <summary>An ELF file for x86-64 with one part, and perhaps the note of PVH.</summary>
    public static byte[] Elf64(ReadOnlySpan<byte> code, bool hasPvhNote)
    {
        var image = new byte[0x200 + code.Length];
        new byte[] { 0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1 }.CopyTo(image, 0);
        Put16(image, 16, 2); // ET_EXEC
        Put16(image, 18, 62); // EM_X86_64
        Put32(image, 20, 1);
        Put64(image, 24, LoadAddress); // e_entry
        Put64(image, 32, 64); // e_phoff
        Put16(image, 52, 64);
        Put16(image, 54, 56); // e_phentsize
        Put16(image, 56, (ushort)(hasPvhNote ? 2 : 1)); // e_phnum
        Put32(image, 64, 1); // PT_LOAD
        Put64(image, 64 + 8, 0x200); // p_offset
        Put64(image, 64 + 16, 0xFFFF_FFFF_8000_0000 + LoadAddress); // p_vaddr
        Put64(image, 64 + 24, LoadAddress); // p_paddr
        Put64(image, 64 + 32, (ulong)code.Length); // p_filesz
        Put64(image, 64 + 40, (ulong)code.Length + 0x1000); // p_memsz
        code.CopyTo(image.AsSpan(0x200));
        if (!hasPvhNote)
            return image;
        const int note = 0x180;
        Put32(image, 120, 4); // PT_NOTE
        Put64(image, 120 + 8, note);
        Put64(image, 120 + 32, 20);
        Put64(image, 120 + 40, 20);
        Put32(image, note, 4); // n_namesz
        Put32(image, note + 4, 4); // n_descsz
        Put32(image, note + 8, 18); // XEN_ELFNOTE_PHYS32_ENTRY
        "Xen\0"u8.CopyTo(image.AsSpan(note + 12));
        Put32(image, note + 16, LoadAddress);
        return image;
    }

    /// <summary>A multiboot image with addresses in its header.</summary>
    public static byte[] Multiboot(ReadOnlySpan<byte> code)
    {
        const int at = 0x40;
        var image = new byte[0x100 + code.Length];
        Put32(image, at, 0x1BAD_B002);
        Put32(image, at + 4, 0x1_0000);
        Put32(image, at + 8, unchecked(0u - 0x1BAD_B002u - 0x1_0000u));
        Put32(image, at + 12, LoadAddress + at);
        Put32(image, at + 16, LoadAddress);
        Put32(image, at + 24, LoadAddress + (uint)image.Length + 0x1000); // bss_end_addr
        Put32(image, at + 28, LoadAddress + 0x100); // entry_addr
        code.CopyTo(image.AsSpan(0x100));
        return image;
    }

    public static void Put16(byte[] image, int offset, ushort value) =>
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(offset), value);

    public static void Put32(byte[] image, int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(offset), value);

    public static void Put64(byte[] image, int offset, ulong value) =>
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(offset), value);
}
