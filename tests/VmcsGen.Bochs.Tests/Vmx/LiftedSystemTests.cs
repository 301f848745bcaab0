using System.Linq;
using VmcsGen.Vmx.Bochs.Tests.Testing;
using VmcsGen.Vmx.Creation;
using VmcsGen.Vmx.Entry;
using VmcsGen.Vmx.RingZero;
using VmcsGen.Vmx.Structures;
using Xunit;

namespace VmcsGen.Vmx.Bochs.Tests.Vmx;

/// <summary>The program that runs on a processor, lifted into a guest of it.</summary>
public sealed class LiftedSystemTests(MachinePool machines) : IClassFixture<MachinePool>
{
    private const string Model = "corei7_skylake_x";
    private const ulong PoolSize = 0x40_0000;

    [Fact]
    public void The_state_of_the_processor_goes_on_as_a_guest()
    {
        var cpu = machines.Get(Model).Cpu;
        var pages = Pages(cpu, out var code);
        // CPUID; VMCALL.
        cpu.Memory.Write(code, [0x0F, 0xA2, 0x0F, 0x01, 0xC1]);
        var capabilities = VmxCapabilities.Read(cpu);
        var guest = VmxGuestState.Capture(cpu, code, code + 0x1000);
        Assert.Equal(0xA09Bu, guest.Cs.AccessRights.Value);
        Assert.Equal(cpu.HostEnvironment.TrBase, guest.Tr.Base);
        using (var ept = EptMap.Identity(pages, capabilities, AddressWidth(cpu), Mtrrs.Read(cpu)))
        {
            var builder = new VmxVcpuBuilder(cpu, pages)
            {
                Guest = guest,
                Ept = ept,
                GuestPhysicalAddressWidth = AddressWidth(cpu),
            };
            using var vcpu = builder.Build();
            using var another = builder.Build();
            foreach (var one in new[] { vcpu, another })
            {
                var vmcs = one.Vmcs;
                var report = VmEntryChecker.Diagnose(cpu);
                Assert.True(report.IsValid, report.ToString());
                var exit = one.Run();
                Assert.Equal(BasicExitReason.Cpuid, exit.BasicReason);
                one.SkipInstruction(exit);
                Assert.Equal(BasicExitReason.Vmcall, one.Run().BasicReason);
                Assert.Equal((nuint)guest.Cr3, vmcs.GuestCr3);
                Assert.Equal((nuint)(code + 2), vmcs.GuestRip);
            }
        }
        Assert.Equal(0, pages.AllocatedCount);
    }

    [Fact]
    public void MTRRs_are_read_as_they_were_written()
    {
        var cpu = machines.Get(Model).Cpu;
        var before = Mtrrs.Read(cpu);
        Assert.Equal(
            before.TypeOf(0x10_0000),
            before.RangesBelow(1UL << 32).Single(static r => r.Start <= 0x10_0000 && 0x10_0000 - r.Start < r.Length).MemoryType
        );
        uint[] changed = [0x2FF, 0x200, 0x201, 0x259];
        var old = changed.Select(cpu.ReadMsr).ToArray();
        try
        {
            cpu.WriteMsr(0x259, 0); // A0000H to BFFFFH: uncacheable
            cpu.WriteMsr(0x200, 0xE000_0001); // write combining
            cpu.WriteMsr(0x201, (((1UL << AddressWidth(cpu)) - 1) & ~0xFFF_FFFFUL) | 1 << 11); // 256 MBytes
            cpu.WriteMsr(0x2FF, 0xC06); // enabled with fixed ranges, else write-back

            var mtrrs = Mtrrs.Read(cpu);

            Assert.True(mtrrs.UsesFixedRanges);
            Assert.Equal(MemoryType.Uncacheable, mtrrs.TypeOf(0xB_8000));
            Assert.Equal(
                [(0x10_0000UL, MemoryType.WriteBack), (0xE000_0000UL, MemoryType.WriteCombining), (0xF000_0000UL, MemoryType.WriteBack)],
                mtrrs
                    .RangesBelow(1UL << 33)
                    .Where(static r => r.Start + r.Length > 0x10_0000)
                    .Select(static r => (ulong.Max(r.Start, 0x10_0000), r.MemoryType))
                    .ToArray()
            );
        }
        finally
        {
            for (var i = 0; i < changed.Length; i++)
                cpu.WriteMsr(changed[i], old[i]);
        }
    }

    [Fact]
    public void With_pages_of_4_KBytes_each_page_is_logged_and_dirty_by_itself()
    {
        var cpu = machines.Get(Model).Cpu;
        var pages = Pages(cpu, out var code);
        var data = code + 0x4000;
        // MOV [RDI], AL; MOV [RDI + 1000H], AL; VMCALL; and the same again.
        byte[] twice = [0x88, 0x07, 0x88, 0x87, 0x00, 0x10, 0x00, 0x00, 0x0F, 0x01, 0xC1];
        cpu.Memory.Write(code, [.. twice, .. twice]);
        var builder = new VmxVcpuBuilder(cpu, pages)
        {
            Guest = VmxGuestState.Capture(cpu, code, code + 0x1000),
            Memory =
            [
                EptMapping.Identity(0, 1UL << 32) with
                {
                    LargestPage = EptLevel.PageDirectory,
                },
                EptMapping.Identity(code & ~0x1F_FFFFUL, 0x20_0000) with
                {
                    LargestPage = EptLevel.PageTable,
                },
            ],
            Required = new() { SecondaryProcessorBased = new() { EnablePml = true } },
        };
        using var vcpu = builder.Build();
        vcpu.Registers.Rdi = data;
        var range = new PhysicalMemoryRange(data, 0x2000);

        Assert.Equal(BasicExitReason.Vmcall, vcpu.Run().BasicReason);
        ulong[] expected = [data, data + 0x1000];
        Assert.Equal(expected, Logged(vcpu).Intersect(expected).Order());
        Assert.Equal(expected, vcpu.Ept!.TakeDirty(range).Select(static page => page.GuestPhysicalAddress));
        Assert.Empty(vcpu.Ept.TakeDirty(range));
        Assert.Contains(code, vcpu.Ept.TakeAccessed(new(code, 0x1000)).Select(static page => page.GuestPhysicalAddress));

        // Of two pages the second may be written no more.
        vcpu.Ept.Change(new(data + 0x1000, 0x1000), static page => page.Entry with { Write = false });
        vcpu.InvalidateEpt();
        var vmcs = vcpu.Vmcs;
        vmcs.GuestRip += 3;
        var violation = vcpu.Run();
        Assert.Equal(BasicExitReason.EptViolation, violation.BasicReason);
        Assert.Equal(
            (data + 0x1000, true, false),
            (violation.GuestPhysicalAddress, violation.EptViolation.DataWrite, violation.EptViolation.Writable)
        );
        Assert.Equal([data], vcpu.Ept.TakeDirty(range).Select(static page => page.GuestPhysicalAddress));
    }

    private static ulong[] Logged(VmxVcpu vcpu)
    {
        var bytes = new byte[4096];
        vcpu.Processor.Memory.Read(vcpu.PmlAddress!.Value, bytes);
        return new PmlBuffer(bytes).Logged(vcpu.Vmcs.PmlIndex).ToArray();
    }

    // Two megabytes for code and data, and pages behind.
    private static PhysicalPageAllocator Pages(RingZeroCpu processor, out ulong code)
    {
        var free = processor.FreeMemory;
        code = (free.Start + 0x1F_FFFF) & ~0x1F_FFFFUL;
        return new(processor.Memory, new PhysicalMemoryRange(code + 0x20_0000, PoolSize));
    }

    private static int AddressWidth(RingZeroCpu processor) => (int)(processor.Cpuid(0x8000_0008).Eax & 0xFF);
}
