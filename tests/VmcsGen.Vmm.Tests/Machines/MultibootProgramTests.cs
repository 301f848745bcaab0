using System;
using System.IO;
using System.Text;
using System.Threading;
using VmcsGen.Kvm.Tests.Testing;
using VmcsGen.Vmm.Tests.Testing;
using VmmSample;
using Xunit;

namespace VmcsGen.Vmm.Tests.Machines;

/// <summary>Guests of the kind of kvm-unit-tests: multiboot ELF, processors by INIT and SIPI, port 0xF4, the devices for tests.</summary>
[Trait("Needs", "Kvm")]
public class MultibootProgramTests
{
    private const string Processors = """
        // An application processor begins in real mode at the page that the SIPI names, and takes the tables of the first one.
        __asm__(".code16\nsipi: cli\nxor %ax, %ax\nmov %ax, %ds\nlgdtl 0x8000 + gdt_copy - sipi\nmov %cr0, %eax\nor $1, %al\n"
            "mov %eax, %cr0\nljmpl $8, $application\ngdt_copy: .word 23\n.long 0\nsipi_end:\n.code32\n"
            "application: mov $16, %eax\nmov %eax, %ds\nmov %eax, %es\nmov %eax, %ss\nmov $1, %eax\nlock xadd %eax, number\n"
            "inc %eax\nshl $10, %eax\nlea stacks(%eax), %esp\ncall application_main\n"
            "answer: push %eax\npush %ecx\npush %edx\ncall answer_main\npop %edx\npop %ecx\npop %eax\niret\n");
        extern u8 sipi[], sipi_end[], gdt_copy[];
        extern void answer(void);
        u8 stacks[0x4000];
        volatile u32 number, answers[16], online[16];

        void application_main(void)
        {
            load_tables();
            enable_apic();
            online[apic_id() & 15] = 1;
            for (;;) __asm__ volatile("sti; hlt");
        }

        void answer_main(void)
        {
            answers[apic_id() & 15]++;
            *at(APIC + EOI) = 0;
        }

        static void wait_for(volatile u32 *word) { while (!*word) __asm__ volatile("pause"); }

        // Processors by the MP table: MultiProcessor Specification 4.1 and 4.2.
        static int main(const char *arguments)
        {
            u8 *pointer = (u8 *)0x9FC00, *entry, *to = (u8 *)0x8000;
            u32 count = 0;
            while (*at((u32)pointer) != 0x5F504D5F) { must(pointer < (u8 *)0xA0000, "no MP table"); pointer += 16; }
            entry = (u8 *)*at((u32)pointer + 4);
            must(*at((u32)entry) == 0x504D4350, "no PCMP");
            for (u8 *from = sipi; from < sipi_end; from++) *to++ = *from;
            *(void *volatile *)(0x8000 + (gdt_copy - sipi) + 2) = gdt;
            set_gate(0x40, answer);
            entry += 44;
            for (; *entry == 0; entry += 20)
            {
                u32 id = entry[1];
                count++;
                must(id < 16 && entry[3] & 1, "strange processor");
                if (entry[3] & 2) { must(id == apic_id(), "another one boots"); continue; }
                command(id, 0x4500); // INIT. SDM 3A 11.6.1.
                command(id, 0x4608); // SIPI to 0x8000.
                wait_for(&online[id]);
                command(id, 0x4040); // Vector 0x40.
                wait_for(&answers[id]);
                outb(0x3F8, '0' + id);
            }
            must(number == count - 1, "a processor has begun twice");
            must(arguments[0] == 's' && arguments[1] == 'm' && arguments[2] == 'p' && !arguments[3], "other arguments");
            return count;
        }
        """;

    private const string TestPorts = """
        enum { IOAPIC = 0xFEC00000, PIN = 5, SCRATCH = 0xE0, FLUSH = 0xE4, LINES = 0x2000, MEMORY = 0xFF000000 };
        __asm__("interrupt: push %eax\npush %ecx\npush %edx\ncall count\npop %edx\npop %ecx\npop %eax\niret\n");
        extern void interrupt(void);
        static volatile u32 interrupts;
        static u32 page[2048];
        void count(void) { interrupts++; outb(LINES + PIN, 0); *at(APIC + EOI) = 0; }

        // Intel 82093AA data sheet, 3.2.4: vector, delivery, polarity, trigger and mask in the low half, destination in the high one.
        static void redirect(u32 low)
        {
            *at(IOAPIC) = 0x11 + 2 * PIN;
            *at(IOAPIC + 0x10) = apic_id() << 24;
            *at(IOAPIC) = 0x10 + 2 * PIN;
            *at(IOAPIC + 0x10) = low;
        }

        static int main(const char *arguments)
        {
            u32 *flushed = (u32 *)(((u32)page + 4095) & ~4095);
            outb(0x21, 0xFF);
            outb(0xA1, 0xFF);
            set_gate(0x50, interrupt);
            redirect(0x50);
            __asm__ volatile("sti");
            outb(LINES + PIN, 1);
            __asm__ volatile("nop");
            must(interrupts == 1, "no interrupt by an edge");
            redirect(0x8050);
            outb(LINES + PIN, 1);
            __asm__ volatile("nop");
            must(interrupts == 2, "no interrupt by a level");
            redirect(0x18050);
            outb(LINES + PIN, 1);
            __asm__ volatile("nop");
            must(interrupts == 2, "an interrupt in spite of the mask");
            redirect(0x8050);
            __asm__ volatile("nop");
            must(interrupts == 3, "no interrupt by a level that was there before");
            outl(SCRATCH, 0x11223344);
            must(inb(SCRATCH + 1) == 0x33 && inw(SCRATCH + 2) == 0x1122, "ports keep something else");
            *at(MEMORY + 0x8000) = 0x55667788;
            must(*(volatile u16 *)(MEMORY + 0x8001) == 0x6677, "memory keeps something else");
            flushed[3] = 7;
            outl(FLUSH, (u32)flushed);
            must(flushed[3] == 7, "the page is another one");
            flushed[3] = 8;
            must(((volatile u32 *)flushed)[3] == 8, "the page takes nothing");
            return 0;
        }
        """;

    private const string Arguments = "static int main(const char *arguments) { print(arguments); return 0; }";

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Processors_of_the_MP_table_begin_by_SIPI_and_answer_interrupts(int processors)
    {
        var (end, text) = Run(Processors, "smp", processors);
        Assert.Equal("1234"[..(processors - 1)], text);
        Assert.Equal(new MachineEnd(MachineEndReason.DebugExit, (uint)(processors << 1 | 1)), end);
    }

    [Fact]
    public void Devices_for_tests_set_lines_and_keep_what_is_written()
    {
        var (end, text) = Run(TestPorts, "", hasTestDevices: true);
        Assert.Empty(text);
        Assert.Equal(new MachineEnd(MachineEndReason.DebugExit, 1), end);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("1", 1)]
    [InlineData("77", 77)]
    [InlineData("0x7FFFFFFF", 0x7FFF_FFFF)]
    public void Number_at_port_F4_becomes_the_exit_code_twice_and_one(string number, uint value)
    {
        var (end, _) = Run($"static int main(const char *arguments) {{ return {number}; }}", "");
        Assert.Equal(new MachineEnd(MachineEndReason.DebugExit, value * 2 + 1), end);
    }

    [Theory]
    [InlineData(0x8000)]
    [InlineData(0x3_0000)]
    public void Program_may_lie_below_1_MiB(uint address)
    {
        var (end, text) = Run(Arguments, "in low memory", address: address);
        Assert.Equal("in low memory", text);
        Assert.Equal(new MachineEnd(MachineEndReason.DebugExit, 1), end);
    }

    [Theory]
    [InlineData(0x7000)] // With what it is told.
    [InlineData(0x1_F000)] // Its end reaches the command line.
    [InlineData(0x9_C000)] // And here the MP table.
    [InlineData(0xF_C000)] // The ACPI tables.
    public void Program_in_the_place_of_what_it_is_told_is_refused(uint address) =>
        Assert.Contains(
            "below 1 MiB",
            Assert.Throws<ImageException>(() => Run(Arguments, "", address: address)).Message,
            StringComparison.Ordinal
        );

    private static (MachineEnd End, string Text) Run(
        string source,
        string arguments,
        int processors = 1,
        bool hasTestDevices = false,
        uint address = 0x10_0000
    )
    {
        using var host = TestHost.Open();
        using MultibootProgram program = new(source, address);
        using PcMachine machine = new(host, new() { MemorySize = 16 << 20, Processors = processors });
        using MemoryStream output = new();
        machine.AddSerialPort(output);
        if (hasTestDevices)
            TestDevices.AddTo(machine);
        machine.Load(GuestImage.Parse(program.Image), new CommandLine().AddText(arguments));
        machine.Start();
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(60));
        return (machine.Wait(patience.Token), Encoding.Latin1.GetString(output.ToArray()));
    }
}
