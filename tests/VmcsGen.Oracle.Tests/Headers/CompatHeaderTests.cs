using System;
using System.Linq;
using VmcsGen.Kvm;
using VmcsGen.Oracle.Tests.Generated;
using VmcsGen.Oracle.Tests.Support;
using Xunit;

namespace VmcsGen.Oracle.Tests.Headers;

/// <summary>
/// What 32-bit processes pass to KVM against what the compiler makes of the headers in 32-bit mode: KVM's own structs for them
/// must be just that.
/// </summary>
public sealed class CompatHeaderTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("compat_kvm_dirty_log", "kvm_dirty_log")]
    [InlineData("compat_kvm_clear_dirty_log", "kvm_clear_dirty_log")]
    [InlineData("kvm_msr_filter_range_compat", "kvm_msr_filter_range")]
    [InlineData("kvm_msr_filter_compat", "kvm_msr_filter")]
    public void A_compat_struct_has_the_32_bit_layout_of_its_original(string compat, string original)
    {
        Require();
        var members = InstalledHeaders.Kvm.Declared[original].Members.Select(static m => m.Path).ToArray();
        var answers = ThirtyTwoBitCompiler.Evaluate([
            $"sizeof(struct {original})",
            .. members.Select(member => $"offsetof(struct {original}, {member})"),
            .. members.Select(member => $"sizeof(((struct {original} *)0)->{member})"),
        ]);
        var generated = GeneratedKvm.Runtime.Structs[compat];
        var differences = new Differences();
        differences.Check(compat, "size", answers[0], (uint)generated.Size);
        for (var i = 0; i < members.Length; i++)
        {
            if (!generated.Members.TryGetValue(members[i], out var actual))
            {
                differences.Add($"{compat}.{members[i]}", "no generated member has this path");
                continue;
            }
            differences.Check($"{compat}.{members[i]}", "offset", answers[i + 1], (uint)actual.Offset);
            differences.Check($"{compat}.{members[i]}", "size", answers[i + 1 + members.Length], (uint)actual.Size);
        }
        output.WriteLine($"{members.Length} members");
        differences.AssertNone(output);
        Assert.Empty(generated.Members.Keys.Except(members));
    }

    [Fact]
    public void The_compat_request_numbers_are_those_of_32_bit_code() =>
        CheckNumber("KVM_X86_SET_MSR_FILTER", (uint)GeneratedKvm.Runtime.Constants["KVM_X86_SET_MSR_FILTER_COMPAT"].Single());

    [Theory]
    [InlineData("KVM_GET_DIRTY_LOG", KvmIoctl.KVM_GET_DIRTY_LOG)]
    [InlineData("KVM_CLEAR_DIRTY_LOG", KvmIoctl.KVM_CLEAR_DIRTY_LOG)]
    [InlineData("KVM_SET_SIGNAL_MASK", KvmIoctl.KVM_SET_SIGNAL_MASK)]
    public void The_other_request_numbers_are_the_same_in_32_bit_code(string name, uint number) => CheckNumber(name, number);

    private static void CheckNumber(string name, uint number)
    {
        Require();
        Assert.Equal(FormattableString.Invariant($"0x{ThirtyTwoBitCompiler.Evaluate([name])[0]:X8}"), $"0x{number:X8}");
    }

    private static void Require()
    {
        Tools.RequireOrSkip();
        Tools.RequireOrSkip(ThirtyTwoBitCompiler.Missing());
    }
}
