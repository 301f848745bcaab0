using System.Threading.Tasks;
using VmcsGen.Analyzers.Rules;
using VmcsGen.Analyzers.Tests.Testing;
using VmcsGen.CodeFixes;
using Xunit;

namespace VmcsGen.Analyzers.Tests.Rules;

public sealed class FieldWidths
{
    [Fact]
    public Task A_cast_that_cuts_an_address_or_a_64_bit_number_is_reported_and_can_be_said_to_be_meant() =>
        Check.Fix<FieldWidthAnalyzer, WidthFix>(
            "Vmcs<CurrentVmcs> vmcs",
            """
            var rip = {|VMCS1004:(ushort)vmcs.Access.Read(VmcsField.GuestRip)|};
            var low = {|VMCS1004:(byte)(vmcs.GuestRsp)|};
            var offset = {|VMCS1004:(uint)vmcs.TscOffset|} + 1;
            var address = {|VMCS1004:(int)vmcs.Access.Read(VmcsField.GuestPhysicalAddress)|};
            """,
            """
            var rip = unchecked((ushort)vmcs.Access.Read(VmcsField.GuestRip));
            var low = unchecked((byte)(vmcs.GuestRsp));
            var offset = unchecked((uint)vmcs.TscOffset) + 1;
            var address = unchecked((int)vmcs.Access.Read(VmcsField.GuestPhysicalAddress));
            """
        );

    [Fact]
    public Task A_constant_wider_than_its_field_is_reported() =>
        Check.Statements<FieldWidthAnalyzer>(
            "IVmxProcessor cpu, Vmcs<Vmcs12Image> vmcs",
            """
            _ = cpu.Vmwrite(VmcsField.GuestCsSelector, {|VMCS1004:0x10008|});
            vmcs.Access.Write(VmcsField.ExceptionBitmap, {|VMCS1004:0x1_0000_0000|});
            vmcs.Access.Write(VmcsField.TscOffset | (VmcsField)1, {|VMCS1004:ulong.MaxValue >> 1|});
            """
        );

    [Fact]
    public Task Constants_that_fit_or_are_negative_are_left_alone() =>
        Check.Statements<FieldWidthAnalyzer>(
            "IVmxProcessor cpu, ulong value",
            """
            _ = cpu.Vmwrite(VmcsField.GuestCsSelector, 0xFFFF);
            _ = cpu.Vmwrite(VmcsField.ExceptionBitmap, unchecked((ulong)-1));
            _ = cpu.Vmwrite(VmcsField.ExceptionBitmap, value);
            _ = cpu.Vmwrite(VmcsField.VmcsLinkPointer, ulong.MaxValue);
            """
        );

    [Fact]
    public Task Casts_that_keep_the_value_split_it_or_take_a_part_of_bits_are_left_alone() =>
        Check.Statements<FieldWidthAnalyzer>(
            "Vmcs<CurrentVmcs> vmcs, ulong number",
            """
            var reason = (ushort)vmcs.Access.Read(VmcsField.ExitReason);
            var vector = (byte)vmcs.Access.Read(VmcsField.ExitInterruptionInformation);
            var length = (byte)vmcs.ExitInstructionLength;
            var selector = (ushort)vmcs.Access.Read(VmcsField.GuestCsSelector);
            var eip = (uint)vmcs.GuestRip;
            var controls = (uint)vmcs.Access.Read(VmcsField.PinBasedControls);
            var eax = (uint)vmcs.TscOffset;
            var edx = (uint)(vmcs.TscOffset >> 32);
            var masked = (ushort)(vmcs.GuestRip & 0xFFF);
            var meant = unchecked((ushort)vmcs.GuestRip);
            var half = (uint)vmcs.Access.Read(VmcsField.TscOffset | (VmcsField)1);
            var other = (ushort)number;
            """
        );
}
