using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using VmcsGen.Vmm.Tests.Testing;
using Xunit;

namespace VmcsGen.Vmm.Tests.Specs;

/// <summary>
/// Sizes and offsets of structs that specs make, as gcc has them by the system's headers, and pahole by a kernel's types.
/// </summary>
public class LayoutTests
{
    private const string KernelTypes = "/sys/kernel/btf/vmlinux";

    private static readonly string[] s_headers =
    [
        "asm/bootparam.h",
        "linux/elf.h",
        "linux/virtio_ring.h",
        "linux/virtio_blk.h",
        "linux/virtio_net.h",
        "linux/virtio_vsock.h",
        "linux/if.h",
        "linux/qemu_fw_cfg.h",
        "sys/epoll.h",
        "sys/procfs.h",
    ];

    private static readonly Dictionary<string, Type> s_structs = typeof(PcMachine)
        .Assembly.GetTypes()
        .Where(static type => type is { IsValueType: true, IsEnum: false, IsNested: false } && NativeName(type) is not null)
        .ToDictionary(static type => NativeName(type)!, static type => type);

    [Theory]
    [InlineData("setup_header", 123)]
    [InlineData("boot_e820_entry", 20)]
    [InlineData("boot_params", 4096)]
    [InlineData("elf32_hdr", 52)]
    [InlineData("elf64_hdr", 64)]
    [InlineData("elf32_phdr", 32)]
    [InlineData("elf64_phdr", 56)]
    [InlineData("elf64_note", 12)]
    [InlineData("vring_desc", 16)]
    [InlineData("vring_used_elem", 8)]
    [InlineData("virtio_blk_outhdr", 16)]
    [InlineData("virtio_blk_discard_write_zeroes", 16)]
    [InlineData("virtio_net_hdr_v1", 12)]
    [InlineData("virtio_vsock_config", 8)]
    [InlineData("virtio_vsock_hdr", 44)]
    [InlineData("virtio_vsock_event", 4)]
    [InlineData("fw_cfg_file", 64)]
    [InlineData("fw_cfg_dma_access", 16)]
    [InlineData("epoll_event", 12)]
    [InlineData("ifreq", 40)]
    [InlineData("user_regs_struct", 216)]
    [InlineData("elf_prstatus", 336)]
    public void Struct_is_as_gcc_lays_it_out(string name, int size)
    {
        var (expected, own) = Layouts(name, size);
        Assert.Equal(size, Marshal.SizeOf(s_structs[name]));
        Assert.Equal<string>(expected, own);
    }

    // Later kernels have more behind it, for features that are not offered here.
    [Theory]
    [InlineData("virtio_blk_config", 60)]
    [InlineData("virtio_net_config", 12)]
    public void Beginning_of_a_struct_is_as_gcc_lays_it_out(string name, int size)
    {
        var (expected, own) = Layouts(name, size);
        Assert.Equal(size, Marshal.SizeOf(s_structs[name]));
        Assert.Equal(expected.Skip(1), own.Skip(1));
    }

    /// <summary>The size and the members' offsets, by gcc and here.</summary>
    private static (string[] Expected, string[] Own) Layouts(string name, int size)
    {
        Tool.Require("gcc", "gcc");
        var type = s_structs[name];
        using TemporaryFolder folder = new();
        var source = folder.File("layout.c");
        File.WriteAllText(
            source,
            string.Concat(s_headers.Select(static header => $"#include <{header}>\n"))
                + "#include <stdio.h>\n#include <stddef.h>\nint main(void) {\n"
                + $"printf(\"= %zu\\n\", sizeof(struct {name}));\n"
                + string.Concat(
                    MembersOf(type).Select(member => $"printf(\"{member.Name} %zu\\n\", offsetof(struct {name}, {member.Name}));\n")
                )
                + "return 0; }\n"
        );
        Tool.Run("gcc", "-std=gnu11", "-o", folder.File("layout"), source);
        var expected = Tool.Run(folder.File("layout")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return (expected, [$"= {size}", .. MembersOf(type).Select(static member => $"{member.Name} {member.Offset}")]);
    }

    [Theory]
    [InlineData("acpi_table_header")]
    [InlineData("acpi_generic_address")]
    [InlineData("acpi_table_rsdp")]
    [InlineData("acpi_table_facs")]
    [InlineData("acpi_table_fadt")]
    [InlineData("acpi_table_madt")]
    [InlineData("acpi_subtable_header")]
    [InlineData("acpi_madt_local_apic")]
    [InlineData("acpi_madt_io_apic")]
    [InlineData("acpi_madt_interrupt_override")]
    [InlineData("acpi_madt_local_apic_nmi")]
    [InlineData("hvm_start_info")]
    [InlineData("hvm_modlist_entry")]
    [InlineData("hvm_memmap_table_entry")]
    [InlineData("mpc_ioapic")]
    [InlineData("mpc_intsrc")]
    [InlineData("setup_header")]
    [InlineData("boot_params")]
    public void Struct_is_as_the_kernel_has_it(string name)
    {
        Tool.Require("pahole", "dwarves");
        Assert.SkipUnless(File.Exists(KernelTypes), $"{KernelTypes} is missing: this kernel does not tell its types.");
        var text = Tool.Run("pahole", "-C", name, KernelTypes);
        Assert.SkipWhen(string.IsNullOrWhiteSpace(text), $"This kernel has no struct {name}.");
        var expected = Regex
            .Matches(text, @"^\t.*?(\w+)(?:\[\d+\])*;\s+/\*\s+(\d+)\s+\d+ \*/", RegexOptions.Multiline)
            .Select(static match => $"{match.Groups[1].Value} {match.Groups[2].Value}")
            .ToArray();
        var size = int.Parse(Regex.Match(text, @"/\* size: (\d+)").Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
        var type = s_structs[name];

        Assert.NotEmpty(expected);
        Assert.Equal(size, Marshal.SizeOf(type));
        Assert.Equal(expected, MembersOf(type).Select(static member => $"{member.Name} {member.Offset}"));
    }

    // Source: Intel MultiProcessor Specification 1.4, figures 4-1 to 4-7; Multiboot Specification 0.6.96, 3.1 and 3.3; SDM 3A figure 3-8.
    [Theory]
    [InlineData("mpf_intel", 16)]
    [InlineData("mpc_table", 44)]
    [InlineData("mpc_cpu", 20)]
    [InlineData("mpc_bus", 8)]
    [InlineData("multiboot_header", 48)]
    [InlineData("multiboot_info", 52)]
    [InlineData("multiboot_mod_list", 16)]
    [InlineData("multiboot_mmap_entry", 24)]
    [InlineData("desc_struct", 8)]
    public void Struct_has_the_size_of_its_manual(string name, int size) => Assert.Equal(size, Marshal.SizeOf(s_structs[name]));

    private static IEnumerable<(string Name, int Offset)> MembersOf(Type type) =>
        type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .Where(static field => NativeName(field) is not null)
            .Select(field => (Name: NativeName(field)!, Offset: (int)Marshal.OffsetOf(type, field.Name)))
            .OrderBy(static member => member.Offset);

    // The attribute is internal to each assembly that has specs.
    private static string? NativeName(MemberInfo member) =>
        member
            .GetCustomAttributesData()
            .FirstOrDefault(static attribute => attribute.AttributeType.Name == "NativeNameAttribute")
            ?.ConstructorArguments[0]
            .Value as string;
}
