using System;
using System.IO;
using System.Linq;
using System.Threading;
using Iced.Intel;
using VmcsGen.Kvm.Tests.Testing;
using VmcsGen.Vmm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Vmm.Tests.Boot;

/// <summary>Small guests that look at what they are told, by the offsets of the manuals, and report on the serial port.</summary>
[Trait("Needs", "Kvm")]
public class GuestBootTests
{
    private const ushort Serial = 0x3F8;
    private const ushort Exit = 0xF4;

    private static readonly byte[] s_files = [.. Enumerable.Range(0, 5000).Select(static i => (byte)(i * 7))];

    [Fact]
    public void Linux_kernel_finds_the_zero_page()
    {
        var code = SmallGuest.Assemble(
            64,
            ImageBytes.LoadAddress + 0x200,
            static code =>
            {
                code.mov(r8, rsi); // The zero page. Offsets: Linux Documentation/arch/x86/zero-page.rst.
                Print(code, __byte_ptr[r8 + 0x1E8]); // e820_entries
                Print(code, __byte_ptr[r8 + 0x210]); // type_of_loader
                Print(code, __byte_ptr[r8 + 0x2D0 + 16]); // The first range's type.
                code.mov(eax, __dword_ptr[r8 + 0x228]); // cmd_line_ptr
                Print(code, __byte_ptr[rax + 8]);
                code.mov(eax, __dword_ptr[r8 + 0x218]); // ramdisk_image
                Print(code, __byte_ptr[rax + 3]);
                code.mov(eax, __dword_ptr[r8 + 0x21C]); // ramdisk_size
                code.mov(al, ah);
                Print(code);
                code.mov(rax, __qword_ptr[r8 + 0x70]); // acpi_rsdp_addr
                Print(code, __byte_ptr[rax]);
                code.mov(ax, cs);
                Print(code);
                code.mov(ax, ss);
                Print(code);
                End(code, 21);
            }
        );
        var output = Run(ImageFile.FromMemory("kernel", ImageBytes.BzImage(code)), out var end);
        Assert.Equal(new MachineEnd(MachineEndReason.DebugExit, 43), end);
        Assert.Equal(new byte[] { 4, 0xFF, 1, (byte)'t', 21, 5000 >> 8, (byte)'R', 0x10, 0x18 }, output);
    }

    [Fact]
    public void PVH_kernel_finds_the_start_info()
    {
        var code = SmallGuest.Assemble(
            32,
            ImageBytes.LoadAddress,
            static code =>
            {
                code.mov(esi, ebx); // The start info: Xen docs/misc/pvh.pandoc.
                Print(code, __byte_ptr[esi + 3]); // magic, 0x336EC578
                Print(code, __byte_ptr[esi + 4]); // version
                Print(code, __byte_ptr[esi + 12]); // nr_modules
                code.mov(eax, __dword_ptr[esi + 24]);
                Print(code, __byte_ptr[eax + 8]); // The command line.
                code.mov(eax, __dword_ptr[esi + 32]);
                Print(code, __byte_ptr[eax]); // The ACPI root pointer.
                Print(code, __byte_ptr[esi + 48]); // memmap_entries
                code.mov(eax, __dword_ptr[esi + 16]);
                code.mov(eax, __dword_ptr[eax]);
                Print(code, __byte_ptr[eax + 3]); // The module.
                code.mov(eax, cr0);
                Print(code);
                End(code, 0);
            }
        );
        var output = Run(ImageFile.FromMemory("kernel", ImageBytes.Elf64(code, hasPvhNote: true)), out var end);
        Assert.Equal(new MachineEnd(MachineEndReason.DebugExit, 1), end);
        Assert.Equal(new byte[] { 0x33, 1, 1, (byte)'t', (byte)'R', 4, 21, 0x11 }, output);
    }

    [Fact]
    public void Multiboot_image_finds_its_information()
    {
        var code = SmallGuest.Assemble(
            32,
            ImageBytes.LoadAddress + 0x100,
            static code =>
            {
                Print(code); // The magic number 0x2BADB002 in EAX.
                code.mov(esi, ebx); // Multiboot Specification 3.3.
                Print(code, __byte_ptr[esi]); // flags
                code.mov(eax, __dword_ptr[esi + 4]); // mem_lower, 639 KiB
                code.mov(al, ah);
                Print(code);
                code.mov(eax, __dword_ptr[esi + 16]);
                Print(code, __byte_ptr[eax + 8]); // cmdline
                code.mov(eax, __dword_ptr[esi + 24]);
                code.mov(eax, __dword_ptr[eax]);
                Print(code, __byte_ptr[eax + 3]); // The module.
                Print(code, __byte_ptr[esi + 44]); // mmap_length
                code.mov(eax, __dword_ptr[esi + 48]);
                Print(code, __byte_ptr[eax]); // The first range's size, which does not count itself.
                End(code, 3);
            }
        );
        var output = Run(ImageFile.FromMemory("kernel", ImageBytes.Multiboot(code)), out var end);
        Assert.Equal(new MachineEnd(MachineEndReason.DebugExit, 7), end);
        Assert.Equal(new byte[] { 0x02, 0x4D, 639 >> 8, (byte)'t', 21, 4 * 24, 20 }, output);
    }

    [Theory]
    [InlineData(BootProtocol.RealMode, 16, 0x1_0000)]
    [InlineData(BootProtocol.ProtectedMode, 32, 0x20_0000)]
    [InlineData(BootProtocol.LongMode, 64, 0x20_0000)]
    public void Flat_image_begins_in_its_mode(BootProtocol protocol, int bits, ulong address)
    {
        var code = SmallGuest.Assemble(
            bits,
            bits == 16 ? 0 : address,
            code =>
            {
                if (bits == 64)
                    code.mov(rax, cr0);
                else
                    code.mov(eax, cr0);
                code.shr(eax, 24);
                Print(code);
                if (bits == 64)
                    code.mov(rax, cr0);
                else
                    code.mov(eax, cr0);
                Print(code);
                End(code, 1);
            }
        );
        using var host = TestHost.Open();
        using PcMachine machine = new(host, new() { MemorySize = 16 << 20 });
        using MemoryStream output = new();
        machine.AddSerialPort(output);
        FlatImage image = new(ImageFile.FromMemory("flat", code), address, protocol);
        Assert.Throws<ArgumentException>(() => machine.Load(image, new CommandLine().Add("a")));
        machine.Load(image);
        machine.Start();
        Assert.Equal(new MachineEnd(MachineEndReason.DebugExit, 3), Wait(machine));
        var mode = output.ToArray();
        Assert.Equal(protocol == BootProtocol.LongMode ? 0x80 : 0, mode[0] & 0x80); // Paging.
        Assert.Equal(protocol == BootProtocol.RealMode ? 0 : 1, mode[1] & 1); // Protection.
    }

    [Fact]
    public void What_does_not_fit_is_refused_before_the_guest_begins()
    {
        using var host = TestHost.Open();
        using PcMachine machine = new(host, new() { MemorySize = 4 << 20 });
        var kernel = GuestImage.Parse(ImageFile.FromMemory("kernel", ImageBytes.BzImage([0xF4], initSize: 0x100_0000)));
        Assert.Contains(
            "needs 0x1000000 bytes",
            Assert.Throws<ImageException>(() => machine.Load(kernel)).Message,
            StringComparison.Ordinal
        );

        var small = GuestImage.Parse(ImageFile.FromMemory("kernel", ImageBytes.BzImage([0xF4])));
        using var files = ImageFile.FromMemory("initrd", new byte[3 << 20]);
        Assert.Contains(
            "no place",
            Assert.Throws<ImageException>(() => machine.Load(small, null, files)).Message,
            StringComparison.Ordinal
        );
        using var none = ImageFile.FromMemory("initrd", default);
        Assert.Contains("empty", Assert.Throws<ImageException>(() => machine.Load(small, null, none)).Message, StringComparison.Ordinal);

        var longLine = new CommandLine().Add("a", new string('b', 300));
        Assert.Contains(
            "takes 200",
            Assert.Throws<ArgumentException>(() => machine.Load(small, longLine)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Memory_map_of_more_ranges_than_a_zero_page_has_is_refused()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using PcMemory memory = new(vm, 16 << 20);
        var kernel = GuestImage.Parse(ImageFile.FromMemory("kernel", ImageBytes.Multiboot([0xF4])));
        MemoryMapRange[] map =
        [
            .. Enumerable.Range(0, 129).Select(static i => new MemoryMapRange((ulong)i << 12, 0x1000, MemoryKind.Usable)),
        ];
        GuestBoot.Prepare(vm.Memory, kernel, new() { MemoryMap = map[..128] });
        Assert.Contains(
            "129 ranges",
            Assert.Throws<ArgumentException>(() => GuestBoot.Prepare(vm.Memory, kernel, new() { MemoryMap = map })).Message,
            StringComparison.Ordinal
        );
    }

    private static byte[] Run(ImageFile kernel, out MachineEnd end)
    {
        using var host = TestHost.Open();
        using PcMachine machine = new(host, new() { MemorySize = 16 << 20 });
        using MemoryStream output = new();
        machine.AddSerialPort(output);
        using var files = ImageFile.FromMemory("files", s_files);
        machine.Load(GuestImage.Parse(kernel), new CommandLine().AddText("console=ttyS0"), files);
        machine.Start();
        end = Wait(machine);
        return output.ToArray();
    }

    private static MachineEnd Wait(PcMachine machine)
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(30));
        return machine.Wait(patience.Token);
    }

    private static void Print(Assembler code, AssemblerMemoryOperand from)
    {
        code.mov(al, from);
        Print(code);
    }

    private static void Print(Assembler code)
    {
        code.mov(dx, Serial);
        code.@out(dx, al);
    }

    private static void End(Assembler code, int value)
    {
        code.mov(eax, value);
        code.@out((byte)Exit, al);
        code.hlt();
    }
}
