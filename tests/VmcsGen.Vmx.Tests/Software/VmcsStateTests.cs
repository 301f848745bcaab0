using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmx.Software;
using VmcsGen.Vmx.Structures;
using Xunit;

namespace VmcsGen.Vmx.Tests.Software;

/// <summary>The current VMCS, its region, and the fields that there are.</summary>
public sealed class VmcsStateTests
{
    private static readonly SoftwareVmxProfile s_vmcs12 = new() { VmcsFormat = SoftwareVmcsFormat.Vmcs12 };

    [Fact]
    public void The_region_is_a_vmcs12_image_once_it_was_cleared_where_the_profile_wants_that()
    {
        var machine = new SoftwareMachine(s_vmcs12).LoadVmcs();
        machine.Vmcs.Access.Write(VmcsField.GuestRip, 0x1234);
        machine.Processor.Vmclear(SoftwareMachine.Region).ThrowIfFailed("VMCLEAR");

        var image = VmcsMemory.CopyOf<Vmcs12>(machine.ReadPage(SoftwareMachine.Region));
        Assert.Equal(0x11E57ED0u, image.Page.Revision.Value);
        Assert.Equal(0u, image.Page.LaunchState);
        Assert.Equal(0x1234ul, image.Read(VmcsField.GuestRip));
    }

    [Fact]
    public void A_vmcs12_region_has_no_fields_but_those_of_vmcs12_and_keeps_the_bytes_between()
    {
        var machine = new SoftwareMachine(s_vmcs12 with { CapabilityMsrs = FullProcessor.Msrs });
        machine.Processor.Memory.Write(SoftwareMachine.Region + 0xF00, [7]);
        machine.LoadVmcs();
        var image = VmcsMemory.Allocate<Vmcs12>();
        foreach (var info in VmcsFields.All)
        {
            var isThere = machine.Processor.Vmread(info.Field, out _).IsSuccess;
            Assert.Equal(image.TryRead(info.Field, out _).IsSuccess && machine.Processor.Capabilities.Supports(info.Field), isThere);
        }
        machine.Processor.Vmclear(SoftwareMachine.Region).ThrowIfFailed("VMCLEAR");
        Assert.Equal(7, machine.ReadPage(SoftwareMachine.Region)[0xF00]);
    }

    [Fact]
    public void Every_field_of_the_specs_exists_on_a_processor_that_announces_everything_and_comes_back_from_its_region()
    {
        var cpuid = new SoftwareVmxProfile().Cpuid;
        var msrs = FullProcessor.Msrs;
        msrs[VmxMsr.Ia32VmxMisc] = (new VmxMisc(msrs[VmxMsr.Ia32VmxMisc]) with { Cr3TargetCount = 4, VmwriteExitInformation = true }).Value;
        var machine = new SoftwareMachine(
            new SoftwareVmxProfile
            {
                CapabilityMsrs = msrs,
                Cpuid = (leaf, subleaf) =>
                    (leaf, subleaf) switch
                    {
                        (7, 0) => cpuid(7, 0) with { Eax = 1 },
                        (7, 1) => new(0, 0, 0, 1u << 21), // APX_F
                        _ => cpuid(leaf, subleaf),
                    },
            }
        ).LoadVmcs();
        var fields = VmcsFields
            .All.ToArray()
            .Select(static info => info.Field)
            .Except([VmcsField.SharedEptPointer, VmcsField.SeamGuestKeyId])
            .ToArray(); // exist in SEAM operation alone

        foreach (var field in fields)
            machine.Processor.Vmwrite(field, Mark(field)).ThrowIfFailed($"VMWRITE {field}");
        machine.Processor.Vmclear(SoftwareMachine.Region).ThrowIfFailed("VMCLEAR");
        machine.Processor.Vmptrld(SoftwareMachine.Region).ThrowIfFailed("VMPTRLD");

        foreach (var field in fields)
        {
            machine.Processor.Vmread(field, out var value).ThrowIfFailed($"VMREAD {field}");
            Assert.Equal(Mark(field) & (ulong.MaxValue >> (64 - (field.Size * 8))), value);
        }
    }

    [Fact]
    public void The_formats_of_regions_have_different_revision_identifiers()
    {
        var machine = new SoftwareMachine().EnterVmxOperation();
        machine.WriteRevision(SoftwareMachine.Region, new SoftwareMachine(s_vmcs12).Processor.Capabilities.Basic.VmcsRevisionIdentifier);
        machine.Processor.Vmptrld(SoftwareMachine.OtherRegion).ThrowIfFailed("VMPTRLD");
        Assert.Equal(VmInstructionError.VmptrldIncorrectRevisionIdentifier, machine.Processor.Vmptrld(SoftwareMachine.Region).Error);
    }

    [Fact]
    public void VMPTRLD_of_another_VMCS_keeps_the_fields_of_the_first()
    {
        var machine = new SoftwareMachine().LoadVmcs();
        machine.Vmcs.Access.Write(VmcsField.GuestRip, 1);
        machine.Processor.Vmptrld(SoftwareMachine.OtherRegion).ThrowIfFailed("VMPTRLD");
        Assert.Equal(0u, (ulong)machine.Vmcs.GuestRip);
        machine.Vmcs.Access.Write(VmcsField.GuestRip, 2);
        machine.Processor.Vmptrld(SoftwareMachine.Region).ThrowIfFailed("VMPTRLD");
        Assert.Equal(1u, (ulong)machine.Vmcs.GuestRip);
        machine.Processor.Vmptrld(SoftwareMachine.OtherRegion).ThrowIfFailed("VMPTRLD");
        Assert.Equal(2u, (ulong)machine.Vmcs.GuestRip);
    }

    [Fact]
    public void VMPTRLD_of_the_current_VMCS_keeps_what_was_written()
    {
        var machine = new SoftwareMachine().LoadVmcs();
        machine.Vmcs.Access.Write(VmcsField.GuestRip, 7);
        machine.Processor.Vmptrld(SoftwareMachine.Region).ThrowIfFailed("VMPTRLD");
        Assert.Equal(7u, (ulong)machine.Vmcs.GuestRip);
    }

    [Fact]
    public void VMCLEAR_of_the_current_VMCS_leaves_none()
    {
        var machine = new SoftwareMachine().LoadVmcs();
        machine.Processor.Vmptrst(out var current);
        Assert.Equal(SoftwareMachine.Region, current);
        machine.Processor.Vmclear(SoftwareMachine.OtherRegion).ThrowIfFailed("VMCLEAR");
        machine.Processor.Vmptrst(out current);
        Assert.Equal(SoftwareMachine.Region, current);
        machine.Processor.Vmclear(SoftwareMachine.Region).ThrowIfFailed("VMCLEAR");
        machine.Processor.Vmptrst(out current);
        Assert.Equal(ulong.MaxValue, current);
    }

    [Fact]
    public void VMXOFF_ends_VMX_operation_and_writes_the_current_VMCS_back()
    {
        var machine = new SoftwareMachine(s_vmcs12).LoadVmcs();
        machine.Vmcs.Access.Write(VmcsField.GuestRip, 9);
        machine.Processor.Vmxoff().ThrowIfFailed("VMXOFF");
        Assert.False(machine.Processor.IsInVmxOperation);
        Assert.Equal(9u, VmcsMemory.CopyOf<Vmcs12>(machine.ReadPage(SoftwareMachine.Region)).Read(VmcsField.GuestRip));
        machine.Processor.Vmxon(SoftwareMachine.VmxonRegion).ThrowIfFailed("VMXON");
        machine.Processor.Vmptrst(out var current);
        Assert.Equal(ulong.MaxValue, current);
    }

    public static TheoryData<string> Models => RecordedProcessor.Models;

    [Theory]
    [MemberData(nameof(Models))]
    public void With_recorded_MSRs_VMREAD_accepts_exactly_what_the_recorded_processor_accepts(string model)
    {
        var recorded = RecordedProcessor.Load(model);
        var machine = new SoftwareMachine(new SoftwareVmxProfile { CapabilityMsrs = recorded.Msrs }).LoadVmcs();
        var accepted = new HashSet<VmcsField>();
        for (var encoding = 0u; encoding < 0x8000; encoding++)
        {
            if (machine.Processor.Vmread((VmcsField)encoding, out _).IsSuccess)
                accepted.Add((VmcsField)encoding);
        }
        Assert.Equal(recorded.Fields.Order(), accepted.Order());
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Every_field_keeps_its_own_value_in_its_width(string model)
    {
        var recorded = RecordedProcessor.Load(model);
        var machine = new SoftwareMachine(new SoftwareVmxProfile { CapabilityMsrs = recorded.Msrs }).LoadVmcs();
        var fields = recorded.Fields.Where(field => !field.IsHighAccess && !field.IsReadOnly).Order().ToArray();
        foreach (var field in fields)
            machine.Processor.Vmwrite(field, Mark(field)).ThrowIfFailed($"VMWRITE {field}");
        foreach (var field in fields)
        {
            Assert.True(machine.Processor.Vmread(field, out var value).IsSuccess);
            Assert.Equal(Mark(field) & (ulong.MaxValue >> (64 - (field.Size * 8))), value);
            if (field.Width != VmcsFieldWidth.Bits64)
                continue;
            Assert.True(machine.Processor.Vmread(field.High, out var high).IsSuccess);
            Assert.Equal(value >> 32, high);
        }
    }

    [Fact]
    public void The_default_profile_has_the_highest_index_that_it_says()
    {
        var capabilities = new SoftwareMachine().Processor.Capabilities;
        var highest = VmcsFields.All.ToArray().Where(info => capabilities.Supports(info.Field)).Max(info => info.Field.Index);
        Assert.Equal((uint)highest, capabilities.VmcsEnumeration.HighestIndex);
    }

    private static ulong Mark(VmcsField field) => (ulong)field * 0x0101_0101_0101_0101;
}
