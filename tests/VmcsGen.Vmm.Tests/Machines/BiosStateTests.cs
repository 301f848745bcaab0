using System;
using System.Diagnostics;
using System.IO;
using System.Text;
using System.Threading;
using VmcsGen.Kvm.Tests.Testing;
using VmcsGen.Vmm.Tests.Testing;
using Xunit;

namespace VmcsGen.Vmm.Tests.Machines;

/// <summary>
/// Programs started by multiboot find interrupt controllers, timer and vectors as a BIOS leaves them (Multiboot Specification 3.2).
/// </summary>
[Trait("Needs", "Kvm")]
public class BiosStateTests
{
    // Ends with 5 if it comes to the end. Each HLT waits for an interrupt, which the handler that it finds is to end for the next to come.
    private const string RealMode = """
        __asm__("real: lgdt gdt16_register\nljmp $8, $1f\n.code16\n1: mov $16, %ax\nmov %ax, %ds\nmov %ax, %es\nmov %ax, %ss\n"
            "lidtl vectors\nmov %cr0, %eax\nand $~1, %al\nmov %eax, %cr0\nljmp $0, $2f\n"
            "2: xor %ax, %ax\nmov %ax, %ds\nmov %ax, %es\nmov %ax, %ss\n"
            "sti\nhlt\nhlt\nhlt\n" // The timer's.
            "int $0x11\nint $0x60\nint $0xFF\n" // Services that there are not.
            "mov $0xFB, %al\nout %al, $0x21\nmov $0x0B, %al\nout %al, $0x70\nin $0x71, %al\nor $0x40, %al\nmov %al, %ah\n"
            "mov $0x0B, %al\nout %al, $0x70\nmov %ah, %al\nout %al, $0x71\n"
            "hlt\nhlt\nhlt\n" // The clock's, which is periodic now.
            "int $0x73\n" // As if line 11 had interrupted.
            "mov $5, %eax\nmov $0xF4, %dx\noutl %eax, %dx\n3: cli\nhlt\njmp 3b\n.code32\n"
            ".balign 8\ngdt16: .quad 0, 0x9B000000FFFF, 0x93000000FFFF\ngdt16_register: .word 23\n.long gdt16\n"
            "vectors: .word 0x3FF\n.long 0\n");
        extern void real(void);
        static int main(const char *arguments) { real(); return 0; }
        """;

    // Says which lines are open, how the timer counts, and at which vectors timer and clock interrupt.
    private const string Controllers = """
        __asm__("gates: .set vector, 0\n.rept 256\n.balign 16\npush $vector\njmp common\n.set vector, vector + 1\n.endr\n"
            "common: pushal\nmov 32(%esp), %eax\npush %eax\ncall interrupted\nadd $4, %esp\npopal\nadd $4, %esp\niret\n");
        extern u8 gates[];
        static volatile int count;
        static void print_byte(u8 value)
        {
            outb(0x3F8, "0123456789ABCDEF"[value >> 4]);
            outb(0x3F8, "0123456789ABCDEF"[value & 15]);
            outb(0x3F8, ' ');
        }
        void interrupted(u32 vector)
        {
            print_byte(vector);
            outb(0x21, 0xFB);
            outb(0x70, 0xC); inb(0x71);
            outb(0xA1, 0xFF);
            outb(0xA0, 0x20); outb(0x20, 0x20);
            count++;
        }
        static int main(const char *arguments)
        {
            // QEMU's PC has a keyboard, a mouse, disks, and FERR# of the coprocessor besides: lines 1, 12, 6, 14 and 13.
            u8 master = inb(0x21), slave = inb(0xA1);
            print_byte(master | 0x42); print_byte(slave | 0x70);
            // Read-back of counter 0's status, without output and null count. Intel 8254, read-back command.
            outb(0x43, 0xE2);
            print_byte(inb(0x40) & 0x3F);
            for (u32 i = 0; i < 256; i++) set_gate(i, (void (*)(void))(gates + 16 * i));
            __asm__ volatile("sti");
            while (count < 1) __asm__ volatile("pause");
            outb(0x70, 0xB);
            u8 settings = inb(0x71);
            outb(0x70, 0xB);
            outb(0x71, settings | 0x40);
            outb(0xA1, slave);
            while (count < 2) __asm__ volatile("pause");
            return 0;
        }
        """;

    [Fact]
    public void Program_in_real_mode_is_woken_by_timer_and_clock_and_its_calls_return()
    {
        using MultibootProgram program = new(RealMode, 0x8000);
        Assert.Equal(new MachineEnd(MachineEndReason.DebugExit, 11), Run(program).End);
    }

    [Fact]
    public void Lines_timer_and_vectors_are_those_that_QEMUs_BIOS_leaves()
    {
        Tool.Require("qemu-system-x86_64", "qemu-system-x86");
        using MultibootProgram program = new(Controllers);
        var (end, text) = Run(program);
        Assert.Equal(UnderQemu(program), text);
        Assert.Equal(new MachineEnd(MachineEndReason.DebugExit, 1), end);
    }

    [Fact]
    public void Machine_without_interrupt_controllers_starts_such_a_program()
    {
        using MultibootProgram program = new("static int main(const char *arguments) { return 3; }");
        Assert.Equal(new MachineEnd(MachineEndReason.DebugExit, 7), Run(program, hasInterruptControllers: false).End);
    }

    private static (MachineEnd End, string Text) Run(MultibootProgram program, bool hasInterruptControllers = true)
    {
        using var host = TestHost.Open();
        using PcMachine machine = new(host, new() { MemorySize = 16 << 20, HasInterruptControllers = hasInterruptControllers });
        using MemoryStream output = new();
        machine.AddSerialPort(output);
        machine.Load(GuestImage.Parse(program.Image));
        machine.Start();
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(60));
        return (machine.Wait(patience.Token), Encoding.Latin1.GetString(output.ToArray()));
    }

    private static string UnderQemu(MultibootProgram program)
    {
        using TemporaryFolder folder = new();
        using var qemu = Process.Start(
            "qemu-system-x86_64",
            [
                .. "-machine q35 -accel kvm -accel tcg -nodefaults -no-user-config -display none -device isa-debug-exit,iobase=0xf4,iosize=4".Split(
                    ' '
                ),
                "-serial",
                $"file:{folder.File("serial")}",
                "-kernel",
                program.Path,
                "-append",
                "none",
            ]
        );
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(120));
        try
        {
            qemu.WaitForExitAsync(patience.Token).GetAwaiter().GetResult();
        }
        finally
        {
            qemu.Kill();
        }
        return File.ReadAllText(folder.File("serial"));
    }
}
