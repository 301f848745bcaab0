using System;
using VmcsGen.Vmx.Creation;
using VmcsGen.Vmx.Entry;
using VmcsGen.Vmx.Software;
using VmcsGen.Vmx.Structures;
using VmcsGen.Vmx.Testing;
using VmcsGen.Vmx.Tests.Software;
using Xunit;

namespace VmcsGen.Vmx.Tests.Creation;

/// <summary>The state of a processor lifted into a guest.</summary>
public sealed class CaptureTests
{
    private const ulong Gdt = 0xFFFF_8000_0000_3000;
    private const ulong PhysicalGdt = 0x9000;
    private const ulong Cr3 = 0x5000;

    private readonly ScriptedExecutor _executor = new();

    [Theory]
    [InlineData(0x00AF_9A00_0000_FFFFUL, 0UL, 0UL, 0xFFFF_FFFFu, 0xA09Bu)] // 64-bit code; accessed once it is loaded
    [InlineData(0x12CF_9334_5678_FFFFUL, 0UL, 0x1234_5678UL, 0xFFFF_FFFFu, 0xC093u)] // flat data with a base
    [InlineData(0x0040_F212_3456_0FFFUL, 0UL, 0x12_3456UL, 0xFFFu, 0x40F3u)] // user data of 4 KBytes
    [InlineData(0x8000_8B00_2000_0067UL, 0xFFFF_8000UL, 0xFFFF_8000_8000_2000UL, 0x67u, 0x8Bu)] // busy 64-bit TSS
    public void A_descriptor_becomes_base_limit_and_access_rights(ulong descriptor, ulong high, ulong @base, uint limit, uint rights) =>
        Assert.Equal(
            new VmxSegment(0x28, @base, limit, new SegmentAccessRights(rights)),
            VmxSegment.FromDescriptor(0x28, descriptor, high)
        );

    [Fact]
    public void A_null_selector_is_a_segment_that_is_not_used() =>
        Assert.True(VmxSegment.FromDescriptor(3, ulong.MaxValue).AccessRights.Unusable);

    [Fact]
    public void A_guest_begins_with_the_state_that_its_processor_has()
    {
        var machine = Machine();
        machine.Processor.WriteMsr(0x175, 0x7777); // IA32_SYSENTER_ESP
        machine.Processor.WriteMsr(0xC000_0101, 0xFFFF_8000_0000_5000); // IA32_GS_BASE
        var guest = VmxGuestState.Capture(machine.Processor, rip: 0x1234, rsp: 0x5678, rflags: 0x46);

        Assert.Equal((0x1234UL, 0x5678UL, 0x46UL), (guest.Rip, guest.Rsp, guest.Rflags));
        Assert.Equal(machine.Processor.ReadControlRegister(ControlRegister.Cr0), guest.Cr0);
        Assert.Equal(Cr3, guest.Cr3);
        Assert.Equal(0x620UL, guest.Cr4); // without VMXE, which is the hypervisor's
        Assert.Equal(0x500UL, guest.Efer);
        Assert.Equal(0x0007_0406_0007_0406UL, guest.Pat);
        Assert.Equal((0x7777UL, 0x401UL), (guest.SysenterEsp, guest.Dr7));
        Assert.Equal(new VmxSegment(8, 0, 0xFFFF_FFFF, new(0xA09B)), guest.Cs);
        Assert.Equal(new VmxSegment(0x10, 0, 0xFFFF_FFFF, new(0xC093)), guest.Ss);
        Assert.Equal(0xFFFF_8000_0000_5000UL, guest.Gs.Base);
        Assert.True(guest.Gs.AccessRights.Unusable);
        Assert.Equal(new VmxSegment(0x18, 0xFFFF_8000_0000_2000, 0x67, new(0x8B)), guest.Tr);
        Assert.True(guest.Ldtr.AccessRights.Unusable);
        Assert.Equal((Gdt, (ushort)0x27), (guest.GdtrBase, guest.GdtrLimit));
    }

    [Fact]
    public void What_was_captured_can_be_entered_by_vCPUs_that_share_their_EPT()
    {
        var machine = Machine();
        var pages = new PhysicalPageAllocator(machine.Processor.Memory, new PhysicalMemoryRange(0x10_0000, 0x40_0000));
        var mtrrs = Mtrrs.Read(machine.Processor);
        var ept = EptMap.Identity(pages, machine.Processor.Capabilities, 40, mtrrs);
        var tables = pages.AllocatedCount;
        Assert.Equal(tables, ept.TableCount);
        foreach (var address in (ulong[])[0, 0xA_0000, 0x10_0000, 0x3_0000_0000, 0xFF_FFFF_F000])
        {
            var entry = ept.Find(address, out var level);
            Assert.Equal((mtrrs.TypeOf(address), address & ~(level.BytesPerEntry - 1)), (entry.MemoryType, entry.PhysicalAddress));
        }
        Assert.Equal(EptLevel.PageTable, LevelOf(ept, 0xA_0000));
        Assert.Equal(EptLevel.PageDirectoryPointerTable, LevelOf(ept, 0x3_0000_0000));

        var builder = new VmxVcpuBuilder(machine.Processor, pages)
        {
            Guest = VmxGuestState.Capture(machine.Processor, 0x1000, 0x2000),
            Ept = ept,
        };
        using (var first = builder.Build())
        using (var second = builder.Build())
        {
            Assert.Same(ept, second.Ept);
            foreach (var vcpu in (VmxVcpu[])[first, second])
            {
                Assert.Equal(ept.EptPointer, vcpu.Vmcs.EptPointer);
                Assert.True(VmEntryChecker.Diagnose(machine.Processor).IsValid);
                Assert.Equal(BasicExitReason.Cpuid, vcpu.Run().BasicReason);
            }
        }
        Assert.Equal(tables, pages.AllocatedCount);
        ept.Dispose();
        Assert.Equal(0, pages.AllocatedCount);
    }

    [Fact]
    public void Shared_EPT_and_mappings_of_ones_own_exclude_each_other()
    {
        var rig = new CreationRig();
        using var ept = new EptMap(rig.Pages, rig.Processor.Capabilities, 36);
        var builder = new VmxVcpuBuilder(rig.Processor, rig.Pages)
        {
            Guest = VmxGuestState.LongMode(0x8000, 0xF000, 0x1000),
            Ept = ept,
            Memory = [EptMapping.Identity(0, 0x1000)],
        };
        Assert.Throws<InvalidOperationException>(builder.Build);
    }

    [Fact]
    public void A_table_that_is_not_mapped_or_too_short_is_told()
    {
        var machine = Machine(host => host with { GdtrBase = 0xFFFF_9000_0000_0000 });
        Assert.Contains("0xFFFF900000000008 is not mapped", Message(machine), StringComparison.Ordinal);
        machine = Machine(host => host with { GdtrLimit = 0x17 });
        Assert.Contains("0x18 lies beyond the end of the GDT", Message(machine), StringComparison.Ordinal);
        machine = Machine(host => host with { Ds = 0x14 });
        Assert.Contains("0x14 is one of the LDT", Message(machine), StringComparison.Ordinal);

        static string Message(SoftwareMachine machine) =>
            Assert.Throws<InvalidOperationException>(() => VmxGuestState.Capture(machine.Processor, 0, 0)).Message;
    }

    private static EptLevel LevelOf(EptMap ept, ulong address)
    {
        ept.Find(address, out var level);
        return level;
    }

    // The upper half is mapped by a page of 2 MBytes and one of 4 KBytes for the GDT.
    private SoftwareMachine Machine(Func<HostEnvironment, HostEnvironment>? change = null)
    {
        var plain = new SoftwareVmxProfile();
        var host = plain.HostEnvironment with { GdtrBase = Gdt, GdtrLimit = 0x27, Gs = 0, Dr7 = 0x401 };
        var msrs = new System.Collections.Generic.Dictionary<uint, ulong>(plain.Msrs)
        {
            [0xFE] = 0x101,
            [0x2FF] = 0xC06,
            [0x200] = 0,
            [0x201] = 0,
            [0x258] = 0x0606_0606_0606_0606,
            [0x259] = 0,
            [0x250] = 0x0606_0606_0606_0606,
        };
        for (var msr = 0x268u; msr < 0x270; msr++)
            msrs[msr] = 0x0606_0606_0606_0606;
        var machine = new SoftwareMachine(
            plain with
            {
                HostEnvironment = change?.Invoke(host) ?? host,
                Cr3 = Cr3,
                Msrs = msrs,
            },
            _executor
        ).EnterVmxOperation();
        Write(machine, Cr3 + (256 * 8), 0x6003);
        Write(machine, 0x6000, 0x7003);
        Write(machine, 0x7000, 0x8003);
        Write(machine, 0x8000 + (3 * 8), PhysicalGdt | 3);
        ulong[] descriptors = [0, 0x00AF_9B00_0000_FFFF, 0x00CF_9300_0000_FFFF, 0x0000_8900_2000_0067, 0xFFFF_8000];
        for (var i = 0; i < descriptors.Length; i++)
            Write(machine, PhysicalGdt + ((ulong)i * 8), descriptors[i]);
        return machine;
    }

    private static void Write(SoftwareMachine machine, ulong address, ulong value) =>
        machine.Processor.Memory.Write(address, BitConverter.GetBytes(value));
}
