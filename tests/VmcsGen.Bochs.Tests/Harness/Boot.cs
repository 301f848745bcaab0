using System;
using System.Linq;
using VmcsGen.Vmx.Bochs.Tests.Testing;
using Xunit;

namespace VmcsGen.Vmx.Bochs.Tests.Harness;

/// <summary>The agent boots and does what it is told.</summary>
public sealed class Boot(MachinePool machines) : IClassFixture<MachinePool>
{
    [Theory]
    [MemberData(nameof(Models.All), MemberType = typeof(Models))]
    public void The_agent_boots_into_64_bit_mode_with_paging_on_every_model_that_has_VMX(string model)
    {
        var cpu = machines.Get(model).Cpu;

        Assert.Equal(0x8000_0031UL, cpu.ReadControlRegister(ControlRegister.Cr0) & 0xFFFF_FFFF);
        Assert.Equal(1UL << 5, cpu.ReadControlRegister(ControlRegister.Cr4));
        Assert.Equal(0x500UL, cpu.ReadMsr(0xC000_0080)); // EFER: LMA, LME.
        Assert.NotEqual(0u, cpu.Cpuid(1).Ecx & (1 << 5)); // VMX.
        Assert.Equal(0x1F_0000UL, (cpu.FreeMemory.End - cpu.FreeMemory.Start) >> 4);
    }

    [Theory]
    [MemberData(nameof(Models.All), MemberType = typeof(Models))]
    public void Capabilities_read_from_the_processor_keep_their_own_rules(string model)
    {
        var capabilities = VmxCapabilities.Read(machines.Get(model).Cpu);

        Assert.NotEqual(0u, capabilities.Basic.VmcsRevisionIdentifier);
        Assert.Equal(4096u, capabilities.Basic.VmcsRegionSize);
        Assert.True(capabilities.Cr0.Allows(0x8000_0021));
        Assert.True(capabilities.PrimaryVmExit.CanBeOne(new PrimaryVmExitControls { HostAddressSpaceSize = true }));
    }

    [Fact]
    public void MSRs_are_read_as_the_model_has_them()
    {
        var cpu = machines.Get("corei7_skylake_x").Cpu;

        Assert.Equal(0x00D8_1000_0000_002BUL, cpu.ReadMsr((uint)VmxMsr.Ia32VmxBasic));
        Assert.Equal(0x0000_007F_0000_0016UL, cpu.ReadMsr((uint)VmxMsr.Ia32VmxPinbasedCtls));
        Assert.Equal(0x0217_7FFF_0000_0000UL, cpu.ReadMsr((uint)VmxMsr.Ia32VmxProcbasedCtls2));
        Assert.Equal(0x0000_0F01_0633_4141UL, cpu.ReadMsr((uint)VmxMsr.Ia32VmxEptVpidCap));
        Assert.Equal("GenuineIntel", Text(cpu.Cpuid(0)));
    }

    [Fact]
    public void An_absent_MSR_raises_general_protection_with_error_code_0()
    {
        var cpu = machines.Get("corei7_skylake_x").Cpu;

        var fault = Assert.Throws<ProcessorFaultException>(() => cpu.ReadMsr(0x1_2345));

        Assert.Equal(ExceptionVector.GeneralProtection, fault.Vector);
        Assert.Equal(0u, fault.ErrorCode);
        Assert.Contains("RDMSR of 0x12345 raised #GP(0)", fault.Message, StringComparison.Ordinal);
        Assert.False(cpu.TryRead(0x1_2345, out _));
        Assert.True(cpu.TryRead(0x10, out _));
    }

    [Fact]
    public void VMX_instructions_before_VMXON_raise_invalid_opcode_without_an_error_code()
    {
        var cpu = machines.Get("corei7_skylake_x").Cpu;

        var fault = Assert.Throws<ProcessorFaultException>(() => cpu.Vmptrld(cpu.FreeMemory.Start));

        Assert.Equal(ExceptionVector.InvalidOpcode, fault.Vector);
        Assert.Null(fault.ErrorCode);
    }

    [Fact]
    public void MSRs_and_control_registers_that_were_written_can_be_read()
    {
        var cpu = machines.Get("corei7_skylake_x").Cpu;

        cpu.WriteMsr(0xC000_0100, 0x1234_5678_9ABC);
        cpu.WriteControlRegister(ControlRegister.Cr2, 0xFEDC_BA98_7654_3210);
        cpu.WriteControlRegister(ControlRegister.Cr8, 5);

        Assert.Equal(0x1234_5678_9ABCUL, cpu.ReadMsr(0xC000_0100));
        Assert.Equal(0xFEDC_BA98_7654_3210, cpu.ReadControlRegister(ControlRegister.Cr2));
        Assert.Equal(5UL, cpu.ReadControlRegister(ControlRegister.Cr8));
        var fault = Assert.Throws<ProcessorFaultException>(() => cpu.WriteControlRegister(ControlRegister.Cr0, 1UL << 31));
        Assert.Equal(ExceptionVector.GeneralProtection, fault.Vector);
    }

    [Fact]
    public void Memory_holds_what_was_written_whatever_its_pattern()
    {
        var cpu = machines.Get("corei7_skylake_x").Cpu;
        var random = new Random(1);
        var bytes = new byte[100_000];
        random.NextBytes(bytes.AsSpan(100, 4_000));
        bytes.AsSpan(50_000, 31).Fill(7);
        bytes.AsSpan(60_000, 33).Fill(8);
        bytes[^1] = 9;
        var start = cpu.FreeMemory.Start + 5;

        cpu.Memory.Write(start - 1, Enumerable.Repeat((byte)0xEE, bytes.Length + 2).ToArray());
        cpu.Memory.Write(start, bytes);

        var read = new byte[bytes.Length + 2];
        cpu.Memory.Read(start - 1, read);
        Assert.Equal([0xEE, .. bytes, 0xEE], read);
    }

    [Fact]
    public void Memory_that_the_machine_does_not_have_is_refused()
    {
        var cpu = machines.Get("corei7_skylake_x").Cpu;
        var end = cpu.FreeMemory.End;

        foreach (var address in new[] { end - 3, end, 1UL << 40, ulong.MaxValue })
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => cpu.Memory.Write(address, new byte[4]));
            Assert.Throws<ArgumentOutOfRangeException>(() => cpu.Memory.Read(address, new byte[4]));
        }
        cpu.Memory.Write(end - 4, [1, 2, 3, 4]);
    }

    [Fact]
    public void Thousands_of_instructions_in_a_batch_each_have_their_own_result()
    {
        var cpu = machines.Get("corei7_skylake_x").Cpu;
        var batch = cpu.CreateBatch();
        var results = Enumerable
            .Range(0, 20_000)
            .Select(i => i % 4 == 3 ? batch.ReadMsr(0x1_2345) : batch.ReadMsr((uint)VmxMsr.Ia32VmxBasic + (uint)(i % 4)))
            .ToArray();
        var expected = Enumerable.Range(0, 3).Select(i => cpu.ReadMsr((uint)VmxMsr.Ia32VmxBasic + (uint)i)).ToArray();

        Assert.Throws<InvalidOperationException>(() => results[0].Value);
        Assert.Equal(20_000, batch.Count);
        batch.Execute();

        Assert.Equal(0, batch.Count);
        for (var i = 0; i < results.Length; i++)
        {
            if (i % 4 == 3)
                Assert.Equal(ExceptionVector.GeneralProtection, results[i].Fault!.Vector);
            else
                Assert.Equal(expected[i % 4], results[i].Value);
        }
    }

    private static string Text(CpuidValues values)
    {
        Span<byte> bytes = stackalloc byte[12];
        BitConverter.TryWriteBytes(bytes, values.Ebx);
        BitConverter.TryWriteBytes(bytes[4..], values.Edx);
        BitConverter.TryWriteBytes(bytes[8..], values.Ecx);
        return System.Text.Encoding.ASCII.GetString(bytes);
    }
}
