using System;
using System.IO;

namespace VmcsGen.Vmm.Tests.Testing;

/// <summary>
/// A multiboot ELF file that gcc and ld make of C, as those of kvm-unit-tests are: it speaks on the serial port, knows the interrupt
/// controllers by the offsets of their manuals, and leaves by port 0xF4.
/// </summary>
internal sealed class MultibootProgram : IDisposable
{
    private const string Runtime = """
        typedef unsigned char u8;
        typedef unsigned short u16;
        typedef unsigned int u32;

        // Multiboot Specification 3.1.1: magic, flags, checksum. The entry is ELF's.
        __asm__(".section .multiboot, \"a\"\n.balign 4\n.long 0x1BADB002, 0, -0x1BADB002\n.text\n"
            ".globl _start\n_start: mov $stack + sizeof_stack, %esp\npush %ebx\npush %eax\ncall begin\n");
        u8 stack[0x4000];
        __asm__("sizeof_stack = 0x4000\n");

        static void outb(u16 port, u8 value) { __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }
        static void outl(u16 port, u32 value) { __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port)); }
        static u8 inb(u16 port) { u8 value; __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port)); return value; }
        static u16 inw(u16 port) { u16 value; __asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port)); return value; }
        static volatile u32 *at(u32 address) { return (volatile u32 *)address; }
        static void print(const char *text) { while (*text) outb(0x3F8, *text++); }
        static void leave(u32 code) { for (outl(0xF4, code);;) __asm__ volatile("hlt"); }
        static void must(int is_right, const char *what) { if (!is_right) { print(what); leave(99); } }

        // Flat segments, and gates for two interrupts. SDM 3A 3.4.5, 7.11.
        static unsigned long long gdt[] = { 0, 0x00CF9B000000FFFF, 0x00CF93000000FFFF };
        static unsigned long long idt[256];
        struct __attribute__((packed)) table { u16 limit; void *base; };
        struct table gdt_register = { sizeof gdt - 1, gdt };
        struct table idt_register = { sizeof idt - 1, idt };
        static void load_tables(void)
        {
            __asm__ volatile("lgdt gdt_register\nljmp $8, $1f\n1: mov $16, %%eax\nmov %%eax, %%ds\nmov %%eax, %%es\nmov %%eax, %%ss\n"
                "lidt idt_register" : : : "eax", "memory");
        }
        static void set_gate(u8 vector, void (*entry)(void))
        {
            u32 address = (u32)entry;
            idt[vector] = (unsigned long long)(address >> 16) << 48 | 0x8E0000000000 | 8 << 16 | (address & 0xFFFF);
        }

        // The local APIC's registers. SDM 3A table 11-1.
        enum { APIC = 0xFEE00000, ID = 0x20, EOI = 0xB0, SPURIOUS = 0xF0, COMMAND = 0x300, DESTINATION = 0x310 };
        static u32 apic_id(void) { return *at(APIC + ID) >> 24; }
        static void enable_apic(void) { *at(APIC + SPURIOUS) = 0x1FF; }
        static void command(u32 id, u32 what)
        {
            *at(APIC + DESTINATION) = id << 24;
            *at(APIC + COMMAND) = what;
            while (*at(APIC + COMMAND) & 1 << 12) __asm__ volatile("pause");
        }

        static int main(const char *arguments);
        void begin(u32 magic, u32 *information)
        {
            must(magic == 0x2BADB002, "magic");
            must((*information & 4) != 0, "no command line");
            load_tables();
            enable_apic();
            leave(main((const char *)information[4]));
        }

        """;

    private readonly TemporaryFolder _folder = new();

    /// <summary>Compiles a program whose source has <c>static int main(const char *arguments)</c>.</summary>
    /// <param name="source">The source.</param>
    /// <param name="address">Where it is linked to.</param>
    public MultibootProgram(string source, uint address = 0x10_0000)
    {
        Tool.Require("gcc", "gcc");
        File.WriteAllText(_folder.File("guest.c"), Runtime + source);
        // What KVM's emulator knows: no vector instructions, no ENDBR.
        string[] code = ["-m32", "-march=i686", "-O1", "-ffreestanding", "-fno-pic", "-fcf-protection=none", "-mgeneral-regs-only"];
        string[] tables = ["-fno-stack-protector", "-fno-asynchronous-unwind-tables", "-Wall", "-Werror", "-Wno-unused-function"];
        string[] link = ["-nostdlib", "-static", "-no-pie", $"-Wl,-Ttext-segment=0x{address:X},-z,noseparate-code,--build-id=none"];
        Tool.Run("gcc", [.. code, .. tables, .. link, "-o", _folder.File("guest"), _folder.File("guest.c")]);
        Image = ImageFile.Open(_folder.File("guest"));
    }

    public string Path => _folder.File("guest");

    public ImageFile Image { get; }

    public void Dispose()
    {
        Image.Dispose();
        _folder.Dispose();
    }
}
