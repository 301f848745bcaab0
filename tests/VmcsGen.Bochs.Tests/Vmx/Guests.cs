using VmcsGen.Vmx.Bochs.Tests.Testing;
using VmcsGen.Vmx.RingZero;
using VmcsGen.Vmx.Testing;
using Xunit;

namespace VmcsGen.Vmx.Bochs.Tests.Vmx;

/// <summary>A guest in 64-bit mode, launched, resumed and read back.</summary>
public sealed class Guests(MachinePool machines) : IClassFixture<MachinePool>
{
    [Theory]
    [MemberData(nameof(Models.All), MemberType = typeof(Models))]
    public void A_guest_exits_on_CPUID_VMCALL_and_HLT(string model)
    {
        var cpu = machines.Get(model).Cpu;
        var rig = new VmxRig(cpu, cpu.FreeMemory.Start);
        rig.Prepare(VmxStage.Programmed);
        var registers = new GeneralRegisters
        {
            Rax = 0x4000_0000,
            Rcx = 7,
            R15 = ulong.MaxValue,
        };

        Assert.Equal(VmxResult.Success, cpu.Vmlaunch(ref registers));
        Expect(rig, BasicExitReason.Cpuid, at: rig.Code, length: 2);
        Assert.Equal(0x4000_0000UL, registers.Rax);
        Skip(rig);

        Assert.Equal(VmxResult.Success, cpu.Vmresume(ref registers));
        Expect(rig, BasicExitReason.Vmcall, at: rig.Code + 2, length: 3);
        Skip(rig);

        Assert.Equal(VmxResult.Success, cpu.Vmresume(ref registers));
        Expect(rig, BasicExitReason.Hlt, at: rig.Code + 5, length: 1);
        Assert.Equal(ulong.MaxValue, registers.R15);
        Assert.Equal(7UL, registers.Rcx);
    }

    [Fact]
    public void All_general_registers_go_into_the_guest_and_come_back()
    {
        var cpu = machines.Get("corei7_skylake_x").Cpu;
        var rig = new VmxRig(cpu, cpu.FreeMemory.Start);
        rig.Prepare(VmxStage.Programmed);
        // inc of RAX to R15 but RSP; then VMCALL.
        cpu.Memory.Write(
            rig.Code,
            [
                0x48,
                0xFF,
                0xC0,
                0x48,
                0xFF,
                0xC1,
                0x48,
                0xFF,
                0xC2,
                0x48,
                0xFF,
                0xC3,
                0x48,
                0xFF,
                0xC5,
                0x48,
                0xFF,
                0xC6,
                0x48,
                0xFF,
                0xC7,
                0x49,
                0xFF,
                0xC0,
                0x49,
                0xFF,
                0xC1,
                0x49,
                0xFF,
                0xC2,
                0x49,
                0xFF,
                0xC3,
                0x49,
                0xFF,
                0xC4,
                0x49,
                0xFF,
                0xC5,
                0x49,
                0xFF,
                0xC6,
                0x49,
                0xFF,
                0xC7,
                0x0F,
                0x01,
                0xC1,
            ]
        );
        var registers = new GeneralRegisters
        {
            Rax = 10,
            Rcx = 20,
            Rdx = 30,
            Rbx = 40,
            Rbp = 50,
            Rsi = 60,
            Rdi = 70,
            R8 = 80,
            R9 = 90,
            R10 = 100,
            R11 = 110,
            R12 = 120,
            R13 = 130,
            R14 = 140,
            R15 = 150,
        };

        Assert.Equal(VmxResult.Success, cpu.Vmlaunch(ref registers));

        Assert.Equal(BasicExitReason.Vmcall, VmExit.Read(rig.Vmcs).BasicReason);
        Assert.Equal(
            new GeneralRegisters
            {
                Rax = 11,
                Rcx = 21,
                Rdx = 31,
                Rbx = 41,
                Rbp = 51,
                Rsi = 61,
                Rdi = 71,
                R8 = 81,
                R9 = 91,
                R10 = 101,
                R11 = 111,
                R12 = 121,
                R13 = 131,
                R14 = 141,
                R15 = 151,
            },
            registers
        );
        Assert.Equal(rig.Stack, (ulong)rig.Vmcs.GuestRsp);
    }

    [Fact]
    public void A_guest_can_be_launched_and_resumed_within_a_batch()
    {
        var cpu = machines.Get("corei7_skylake_x").Cpu;
        var rig = new VmxRig(cpu, cpu.FreeMemory.Start);
        rig.Prepare(VmxStage.Programmed);
        var batch = cpu.CreateBatch();

        var launch = batch.Vmlaunch(default);
        var first = batch.Vmread(VmcsField.ExitReason);
        batch.Vmwrite(VmcsField.GuestRip, rig.Code + 5);
        var resume = batch.Vmresume(new GeneralRegisters { Rbx = 3 });
        var second = batch.Vmread(VmcsField.ExitReason);
        batch.Execute();

        Assert.Equal(0UL, launch.Value.Rbx);
        Assert.Equal((ulong)BasicExitReason.Cpuid, first.Value);
        Assert.Equal(3UL, resume.Value.Rbx);
        Assert.Equal((ulong)BasicExitReason.Hlt, second.Value);
    }

    [Fact]
    public void A_guest_that_never_exits_is_given_up_after_the_timeout()
    {
        using var machine = TestMachine.Start();
        var rig = new VmxRig(machine.Cpu, machine.Cpu.FreeMemory.Start);
        rig.Prepare(VmxStage.Programmed);
        machine.Cpu.Memory.Write(rig.Code, [0xEB, 0xFE]); // jmp to itself
        machine.Cpu.Timeout = System.TimeSpan.FromMilliseconds(300);
        GeneralRegisters registers = default;

        Assert.Throws<RingZeroException>(() => machine.Cpu.Vmlaunch(ref registers));
    }

    private static void Expect(VmxRig rig, BasicExitReason reason, ulong at, uint length)
    {
        var exit = VmExit.Read(rig.Vmcs);
        Assert.Equal(reason, exit.BasicReason);
        Assert.False(exit.IsEntryFailure);
        Assert.True(exit.HasInstructionLength);
        Assert.Equal(length, exit.InstructionLength);
        Assert.Equal(at, (ulong)rig.Vmcs.GuestRip);
    }

    private static void Skip(VmxRig rig)
    {
        var vmcs = rig.Vmcs;
        vmcs.GuestRip += VmExit.Read(vmcs).InstructionLength;
    }
}
