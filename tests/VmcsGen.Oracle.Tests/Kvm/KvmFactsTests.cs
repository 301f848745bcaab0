using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Oracle.Tests.Generated;
using VmcsGen.Oracle.Tests.Support;
using Xunit;

namespace VmcsGen.Oracle.Tests.Kvm;

/// <summary>
/// The generated KVM interface against the recorded one, newest and of Linux 6.12. The interface never shrinks: the numbers are the least
/// that must be compared.
/// </summary>
public sealed class KvmFactsTests(ITestOutputHelper output)
{
    internal static readonly (string Item, string Reason)[] Always =
    [
        ("kvm_nested_state.data", "a union without a size: its flexible arrays are compared one by one"),
    ];

    private const string NoHeader = "what 32-bit processes pass is in no header; another test asks the compiler";

    private static readonly (string Item, string Reason)[] OfThirtyTwoBitProcesses =
    [
        ("compat_kvm_dirty_log", NoHeader),
        ("compat_kvm_clear_dirty_log", NoHeader),
        ("compat_sigset_t", NoHeader),
        ("kvm_msr_filter_range_compat", NoHeader),
        ("kvm_msr_filter_compat", NoHeader),
        ("KVM_X86_SET_MSR_FILTER_COMPAT", NoHeader),
    ];

    [Fact]
    public void Every_struct_recorded_newest_has_its_size_and_members() => CompareStructs(KvmFacts.Newest, 110, 800);

    [Fact]
    public void Every_struct_recorded_of_Linux_6_12_has_its_size_and_members() =>
        CompareStructs(
            KvmFacts.Linux612,
            104,
            744,
            ("kvm_svm_nested_state_hdr, size", "gpat was added later"),
            ("kvm_nested_state.hdr.svm, size", "gpat was added later")
        );

    [Fact]
    public void Every_ioctl_recorded_newest_has_its_number() => CompareIoctls(KvmFacts.Newest, 120);

    [Fact]
    public void Every_ioctl_recorded_of_Linux_6_12_has_its_number() => CompareIoctls(KvmFacts.Linux612, 118);

    [Fact]
    public void Every_constant_recorded_newest_has_its_value() => CompareConstants(KvmFacts.Newest, 666);

    [Fact]
    public void Every_constant_recorded_of_Linux_6_12_has_its_value() =>
        CompareConstants(
            KvmFacts.Linux612,
            610,
            ("KVM_X86_DISABLE_VALID_EXITS", "left the header when the mask grew: KVM_CHECK_EXTENSION tells the bits"),
            ("KVM_SEV_NR_MAX, value", "counts the commands, of which there are more now"),
            ("KVM_DEV_TYPE_MAX, value", "counts the device types, of which there are more now")
        );

    [Fact]
    public void Nothing_is_generated_that_is_not_recorded()
    {
        var facts = KvmFacts.Read(KvmFacts.Newest);
        var differences = new Differences(OfThirtyTwoBitProcesses);
        StructComparison.CompareBack(facts, GeneratedKvm.Runtime, differences);
        NumberComparison.CompareIoctlsBack(facts, GeneratedKvm.Runtime, differences);
        foreach (var name in GeneratedKvm.Runtime.Constants.Select(static c => c.Key))
        {
            if (!facts.Constants.ContainsKey(name))
                differences.Add(name, "no recorded constant has this name");
        }
        differences.AssertNone(output);
    }

    private void CompareStructs(string file, int structs, int members, params (string Item, string Reason)[] deliberate)
    {
        var facts = KvmFacts.Read(file);
        var differences = new Differences([.. Always, .. deliberate]);
        var compared = StructComparison.Compare(facts, GeneratedKvm.Runtime, differences);
        output.WriteLine($"{facts.Kernel}: {compared.Structs} structs, {compared.Members} members");
        differences.AssertNone(output);
        Assert.InRange(compared.Structs, structs, int.MaxValue);
        Assert.InRange(compared.Members, members, int.MaxValue);
    }

    private void CompareIoctls(string file, int ioctls)
    {
        var facts = KvmFacts.Read(file);
        var differences = new Differences();
        var compared = NumberComparison.CompareIoctls(facts, GeneratedKvm.Runtime, differences);
        output.WriteLine($"{facts.Kernel}: {compared} ioctls");
        differences.AssertNone(output);
        Assert.InRange(compared, ioctls, int.MaxValue);
    }

    private void CompareConstants(string file, int constants, params (string Item, string Reason)[] deliberate)
    {
        var facts = KvmFacts.Read(file);
        var differences = new Differences(deliberate);
        var compared = NumberComparison.CompareConstants(facts.Constants, GeneratedKvm.Runtime, differences);
        output.WriteLine($"{facts.Kernel}: {compared} numbers");
        differences.AssertNone(output);
        Assert.InRange(compared, constants, int.MaxValue);
    }
}
