using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Oracle.Tests.Generated;
using VmcsGen.Oracle.Tests.Support;
using Xunit;

namespace VmcsGen.Oracle.Tests.Kvm;

/// <summary>
/// The generated KVM interface against the recorded one, newest and of Linux 6.12. The interface never shrinks: of the newest at least as
/// much must be compared as of the other.
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
    public void Every_struct_recorded_newest_has_its_size_and_members() => AssertAtLeast((104, 744), CompareStructs(KvmFacts.Newest));

    [Fact]
    public void Every_struct_recorded_of_Linux_6_12_has_its_size_and_members() =>
        Assert.Equal(
            (104, 744),
            CompareStructs(
                KvmFacts.Linux612,
                ("kvm_svm_nested_state_hdr, size", "gpat was added later"),
                ("kvm_nested_state.hdr.svm, size", "gpat was added later")
            )
        );

    [Fact]
    public void Every_ioctl_recorded_newest_has_its_number() => Assert.InRange(CompareIoctls(KvmFacts.Newest), 118, int.MaxValue);

    [Fact]
    public void Every_ioctl_recorded_of_Linux_6_12_has_its_number() => Assert.Equal(118, CompareIoctls(KvmFacts.Linux612));

    [Fact]
    public void Every_constant_recorded_newest_has_its_value() => Assert.InRange(CompareConstants(KvmFacts.Newest), 610, int.MaxValue);

    [Fact]
    public void Every_constant_recorded_of_Linux_6_12_has_its_value() =>
        Assert.Equal(
            610,
            CompareConstants(
                KvmFacts.Linux612,
                ("KVM_X86_DISABLE_VALID_EXITS", "left the header when the mask grew: KVM_CHECK_EXTENSION tells the bits"),
                ("KVM_SEV_NR_MAX, value", "counts the commands, of which there are more now"),
                ("KVM_DEV_TYPE_MAX, value", "counts the device types, of which there are more now")
            )
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

    private static void AssertAtLeast((int Structs, int Members) least, (int Structs, int Members) compared)
    {
        Assert.InRange(compared.Structs, least.Structs, int.MaxValue);
        Assert.InRange(compared.Members, least.Members, int.MaxValue);
    }

    private (int Structs, int Members) CompareStructs(string file, params (string Item, string Reason)[] deliberate)
    {
        var facts = KvmFacts.Read(file);
        var differences = new Differences([.. Always, .. deliberate]);
        var compared = StructComparison.Compare(facts, GeneratedKvm.Runtime, differences);
        output.WriteLine($"{facts.Kernel}: {compared.Structs} structs, {compared.Members} members");
        differences.AssertNone(output);
        return compared;
    }

    private int CompareIoctls(string file)
    {
        var facts = KvmFacts.Read(file);
        var differences = new Differences();
        var compared = NumberComparison.CompareIoctls(facts, GeneratedKvm.Runtime, differences);
        output.WriteLine($"{facts.Kernel}: {compared} ioctls");
        differences.AssertNone(output);
        return compared;
    }

    private int CompareConstants(string file, params (string Item, string Reason)[] deliberate)
    {
        var facts = KvmFacts.Read(file);
        var differences = new Differences(deliberate);
        var compared = NumberComparison.CompareConstants(facts.Constants, GeneratedKvm.Runtime, differences);
        output.WriteLine($"{facts.Kernel}: {compared} numbers");
        differences.AssertNone(output);
        return compared;
    }
}
