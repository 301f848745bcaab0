using System;
using System.Buffers.Binary;
using VmcsGen.Vmx;
using Xunit;

namespace VmcsGen.Kvm.Tests.Execution;

/// <summary>Events that VM entry injects into guests on KVM.</summary>
public class InjectedEvents
{
    private const ulong Handler = 0x9000;
    private const ulong Idt = 0x6000;
    private const ulong Gdt = 0x6800;

    public static TheoryData<NestedMode, InterruptionType, byte, bool> Events
    {
        get
        {
            var data = new TheoryData<NestedMode, InterruptionType, byte, bool>();
            foreach (var mode in (NestedMode[])[NestedMode.Real, NestedMode.Protected, NestedMode.SixtyFourBit])
            {
                data.Add(mode, InterruptionType.ExternalInterrupt, 0x31, false);
                data.Add(mode, InterruptionType.Nmi, 2, false);
                data.Add(mode, InterruptionType.HardwareException, (byte)ExceptionVector.InvalidOpcode, false);
                // Real mode pushes no error codes, and VM entry demands none there.
                data.Add(mode, InterruptionType.HardwareException, (byte)ExceptionVector.GeneralProtection, mode != NestedMode.Real);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Events))]
    public void An_event_leads_to_its_handler_whose_first_instruction_can_exit(
        NestedMode mode,
        InterruptionType type,
        byte vector,
        bool hasErrorCode
    )
    {
        using var machine = Create(mode);
        Inject(machine, type, vector, hasErrorCode);
        machine.RunTo(BasicExitReason.Cpuid);
        Assert.Equal(Handler, (ulong)machine.Vcpu.Vmcs.GuestRip);
        Assert.False(machine.Vcpu.Vmcs.EntryInterruptionInformation.Valid);

        var entry = mode switch
        {
            NestedMode.Real => 2,
            NestedMode.SixtyFourBit => 8,
            _ => 4,
        };
        var frame = machine.GuestBytes[(int)(ulong)machine.Vcpu.Vmcs.GuestRsp..];
        if (hasErrorCode)
        {
            Assert.Equal(0x18, BinaryPrimitives.ReadUInt16LittleEndian(frame));
            frame = frame[entry..];
        }
        Assert.Equal(NestedMachine.Code, BinaryPrimitives.ReadUInt16LittleEndian(frame));
    }

    [Fact]
    public void The_monitor_trap_flag_exits_after_the_delivery()
    {
        using var machine = Create(NestedMode.SixtyFourBit, new VmxControlSet { PrimaryProcessorBased = new() { MonitorTrapFlag = true } });
        Inject(machine, InterruptionType.ExternalInterrupt, 0x31, false);
        machine.RunTo(BasicExitReason.MonitorTrapFlag);
        Assert.Equal(Handler, (ulong)machine.Vcpu.Vmcs.GuestRip);
    }

    [Fact]
    public void A_software_interrupt_is_refused_by_name()
    {
        using var machine = Create(NestedMode.SixtyFourBit);
        Inject(machine, InterruptionType.SoftwareInterrupt, 0x31, false);
        machine.Vcpu.Vmcs.Access.Write(VmcsField.EntryInstructionLength, 2);
        var refused = Assert.Throws<NotSupportedException>(() => machine.Vcpu.Run());
        Assert.Contains("EntryInterruptionInformation of type SoftwareInterrupt", refused.Message, StringComparison.Ordinal);
    }

    private static NestedMachine Create(NestedMode mode, VmxControlSet required = default)
    {
        var machine = new NestedMachine(mode, static code => code.hlt(), required);
        machine.Place(Handler, static code => code.cpuid());
        var guest = machine.GuestBytes;
        var access = machine.Vcpu.Vmcs.Access;
        access.Write(VmcsField.GuestRflags, 0x202);
        if (mode == NestedMode.Real)
        {
            for (var vector = 0; vector < 256; vector++)
                BinaryPrimitives.WriteUInt32LittleEndian(guest[(vector * 4)..], (uint)Handler);
            return machine;
        }
        // Interrupt gates to the code segment of the GDT.
        var isLong = mode == NestedMode.SixtyFourBit;
        for (var vector = 0; vector < 0x40; vector++)
            BinaryPrimitives.WriteUInt64LittleEndian(guest[((int)Idt + (vector * (isLong ? 16 : 8)))..], 0x8E00_0008_0000 | Handler);
        BinaryPrimitives.WriteUInt64LittleEndian(guest[((int)Gdt + 8)..], isLong ? 0x00AF_9B00_0000_FFFFul : 0x00CF_9B00_0000_FFFFul);
        BinaryPrimitives.WriteUInt64LittleEndian(guest[((int)Gdt + 16)..], 0x00CF_9300_0000_FFFF);
        access.Write(VmcsField.GuestIdtrBase, Idt);
        access.Write(VmcsField.GuestIdtrLimit, 0x7FF);
        access.Write(VmcsField.GuestGdtrBase, Gdt);
        access.Write(VmcsField.GuestGdtrLimit, 0x17);
        return machine;
    }

    private static void Inject(NestedMachine machine, InterruptionType type, byte vector, bool hasErrorCode)
    {
        var access = machine.Vcpu.Vmcs.Access;
        access.Write(
            VmcsField.EntryInterruptionInformation,
            new EntryInterruptionInformation
            {
                Valid = true,
                Type = type,
                Vector = vector,
                DeliverErrorCode = hasErrorCode,
            }.Value
        );
        access.Write(VmcsField.EntryExceptionErrorCode, hasErrorCode ? 0x18u : 0u);
    }
}
