using System;
using VmcsGen.Vmx.Bochs.Tests.Testing;
using VmcsGen.Vmx.Creation;
using VmcsGen.Vmx.Entry;
using VmcsGen.Vmx.Kvm;
using VmcsGen.Vmx.Software;
using VmcsGen.Vmx.Structures;
using VmcsGen.Vmx.Testing;
using Xunit;

namespace VmcsGen.Vmx.Bochs.Tests.Vmx;

/// <summary>EPT entries with address bits that the processor does not have (SDM 3C 29.3.3.1).</summary>
public sealed class EptWidthTests(MachinePool machines) : IClassFixture<MachinePool>
{
    private const ulong GuestSize = 0x10_0000;
    private const ulong Page = 0x8000;

    [Theory]
    [InlineData(0, false)]
    [InlineData(-1, false)]
    [InlineData(1, true)]
    [InlineData(5, true)]
    public void An_entry_with_an_address_bit_beyond_the_width_is_misconfigured_on_Bochs_and_for_executors(
        int bitsBeyond,
        bool isMisconfigured
    )
    {
        var cpu = machines.Get("corei7_skylake_x").Cpu;
        var width = (int)(cpu.Cpuid(0x8000_0008).Eax & 0xFF);
        var bit = bitsBeyond == 0 ? 0 : 1UL << (width - 1 + bitsBeyond);
        // mov al, [8000h]; hlt
        byte[] code = [0xA0, 0x00, 0x80, 0xF4];
        cpu.Memory.Write(cpu.FreeMemory.Start + 0x7C00, code);
        var misconfigured = false;
        var software = new SoftwareVmx(
            new PhysicalMemory(1 << 24),
            new SoftwareVmxProfile { Cpuid = cpu.Cpuid },
            new ScriptedExecutor(guest =>
            {
                misconfigured = GuestPhysicalMap.Read(guest, 1 << 24).IsMisconfigured(Page);
                return new VmExit { Reason = new ExitReason { BasicReason = BasicExitReason.Hlt } };
            })
        );

        var seen = Run(cpu, cpu.FreeMemory.Start, bit);
        Run(software, 0, bit);

        Assert.Equal(isMisconfigured ? BasicExitReason.EptMisconfiguration : BasicExitReason.Hlt, seen);
        Assert.Equal(isMisconfigured, misconfigured);
    }

    private static BasicExitReason Run(IVmxProcessor processor, ulong memory, ulong bit)
    {
        var pages = new PhysicalPageAllocator(processor.Memory, new PhysicalMemoryRange(memory + GuestSize, GuestSize));
        using var vcpu = new VmxVcpuBuilder(processor, pages)
        {
            Guest = VmxGuestState.RealMode(cs: 0, ip: 0x7C00, sp: 0x7000),
            Memory = [new EptMapping(0, memory, GuestSize)],
            Required = new() { PrimaryProcessorBased = new() { HltExiting = true } },
        }.Build();
        var ept = vcpu.Ept!;
        ept.Map(new EptMapping(Page, memory + Page, 0x1000));
        ept.Find(Page, out var level);
        Assert.Equal(EptLevel.PageTable, level);
        var place = EptLeaf.Find(processor.Memory, ept.EptPointer, Page);
        processor.Memory.WriteUInt64(place, processor.Memory.ReadUInt64(place) | bit);
        vcpu.InvalidateEpt();
        return vcpu.Run().BasicReason;
    }
}
