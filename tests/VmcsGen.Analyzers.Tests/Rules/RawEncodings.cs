using System.Threading.Tasks;
using VmcsGen.Analyzers.Rules;
using VmcsGen.Analyzers.Tests.Testing;
using VmcsGen.CodeFixes;
using Xunit;

namespace VmcsGen.Analyzers.Tests.Rules;

public sealed class RawEncodings
{
    [Fact]
    public Task An_encoding_that_has_a_name_becomes_the_name() =>
        Check.Fix<RawEncodingAnalyzer, RawEncodingFix>(
            "IVmxProcessor cpu, VmcsField field",
            """
            _ = cpu.Vmread({|VMCS1002:(VmcsField)0x681E|}, out _);
            var same = field == {|VMCS1002:(VmcsField)(26624)|};
            const VmcsField Own = {|VMCS1002:(VmcsGen.Vmx.VmcsField)0|};
            """,
            """
            _ = cpu.Vmread(VmcsField.GuestRip, out _);
            var same = field == VmcsField.GuestCr0;
            const VmcsField Own = VmcsField.VirtualProcessorIdentifier;
            """
        );

    [Fact]
    public Task Encodings_without_a_name_high_halves_computed_ones_and_arithmetic_are_left_alone() =>
        Check.Statements<RawEncodingAnalyzer>(
            "VmcsField field, uint number",
            """
            const uint GuestRip = 0x681E;
            var unknown = (VmcsField)0x2E00;
            var high = (VmcsField)0x2011;
            var half = field | (VmcsField)1;
            var next = field + 2;
            var mask = field & ~(VmcsField)0;
            var computed = (VmcsField)number;
            var named = (VmcsField)GuestRip;
            """
        );
}
