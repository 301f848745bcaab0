using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Oracle.Tests.Generated;
using VmcsGen.Oracle.Tests.Support;
using Xunit;

namespace VmcsGen.Oracle.Tests.Headers;

/// <summary>The generated KVM interface against what a C compiler makes of the headers of this machine.</summary>
public sealed class KvmHeaderTests(ITestOutputHelper output)
{
    private static GeneratedKvm Generated => GeneratedKvm.Runtime;

    [Fact]
    public void Every_struct_of_the_headers_has_its_size_and_alignment()
    {
        Tools.RequireOrSkip();
        var headers = InstalledHeaders.Kvm;
        var differences = Differences.WhereMet(HeaderExceptions.Structs);
        var compared = 0;
        foreach (var (tag, (size, alignment)) in headers.Structs.Where(static s => IsWanted(s.Key)))
        {
            if (!Generated.Structs.TryGetValue(tag, out var actual))
            {
                differences.Add(tag, "no generated struct has this name");
                continue;
            }
            differences.Check(tag, "size", size, actual.Size);
            differences.Check(tag, "alignment", alignment, actual.Alignment);
            compared++;
        }
        Report("structs", compared, 50, headers.Structs.Keys, Generated.Structs.Keys);
        differences.AssertNone(output);
    }

    [Fact]
    public void Every_member_in_the_headers_has_its_offset_and_size()
    {
        Tools.RequireOrSkip();
        var headers = InstalledHeaders.Kvm;
        var differences = Differences.WhereMet(HeaderExceptions.Members);
        var compared = 0;
        List<string> known = [];
        var facts = headers.Facts.Structs;
        foreach (var (tag, type) in headers.Declared)
        {
            // A missing struct fails another test.
            if (!Generated.Structs.TryGetValue(tag, out var owner))
                continue;
            known.AddRange(owner.Members.Keys.Select(path => $"{tag}.{path}"));
            foreach (var member in type.Members)
            {
                MemberComparison.Compare($"{tag}.{member.Path}", member.Path, facts[tag].Members[member.Path], owner, differences);
                compared++;
            }
        }
        var declared = headers.Declared.Values.SelectMany(static s => s.Members.Select(m => $"{s.Tag}.{m.Path}"));
        Report("members", compared, 500, declared, known);
        differences.AssertNone(output);
    }

    [Fact]
    public void Every_ioctl_of_the_headers_has_its_number()
    {
        Tools.RequireOrSkip();
        var headers = InstalledHeaders.Kvm;
        var differences = Differences.WhereMet();
        var ioctls = headers.Macros.Numbers.Where(headers.Macros.Ioctls.Contains).ToArray();
        var compared = 0;
        foreach (var name in ioctls.Where(IsWanted))
        {
            if (Generated.Ioctls.TryGetValue(name, out var actual))
                differences.Check(name, "number", $"0x{headers.Numbers[name]:X8}", $"0x{actual:X8}");
            else
                differences.Add(name, "is not in KvmIoctl");
            compared++;
        }
        Report("ioctls", compared, 100, ioctls, Generated.Ioctls.Keys);
        differences.AssertNone(output);
    }

    [Fact]
    public void An_ioctl_whose_argument_the_headers_do_not_declare_is_recorded_as_such()
    {
        Tools.RequireOrSkip();
        var recorded = KvmFacts.Read(KvmFacts.Newest).OtherIoctls;
        var incomplete = InstalledHeaders.Kvm.Macros.IncompleteIoctls;
        output.WriteLine($"{incomplete.Count} ioctls of other architectures: {string.Join(", ", incomplete)}");
        Listing.AssertEmpty(incomplete.Where(IsWanted).Except(recorded), "ioctls with undeclared arguments, not recorded as such");
    }

    [Fact]
    public void Every_constant_of_the_headers_has_its_value()
    {
        Tools.RequireOrSkip();
        var headers = InstalledHeaders.Kvm;
        var differences = Differences.WhereMet(HeaderExceptions.Constants);
        var constants = headers.Numbers.Where(n => !headers.Macros.Ioctls.Contains(n.Key)).ToArray();
        var compared = 0;
        foreach (var (name, value) in constants.Where(static c => IsWanted(c.Key)))
        {
            if (!Generated.Constants.Contains(name))
                differences.Add(name, "no generated constant has this name");
            foreach (var actual in Generated.Constants[name])
                differences.Check(name, "value", value, actual);
            compared++;
        }
        Report("constants", compared, 400, constants.Select(static c => c.Key), Generated.Constants.Select(static c => c.Key));
        differences.AssertNone(output);
    }

    [Fact]
    public void Every_macro_with_a_body_is_a_number()
    {
        Tools.RequireOrSkip();
        Listing.AssertEmpty(InstalledHeaders.Kvm.Macros.Others.Where(IsWanted), "macros that are neither numbers nor known to be left out");
    }

    [Fact]
    public void Nothing_that_is_left_out_on_purpose_is_generated() =>
        Listing.AssertEmpty(
            HeaderExceptions.LeftOut.Keys.Where(static name =>
                Generated.Structs.ContainsKey(name) || Generated.Ioctls.ContainsKey(name) || Generated.Constants.Contains(name)
            ),
            "names on the list of what is left out, that are generated"
        );

    private static bool IsWanted(string name) => !HeaderExceptions.LeftOut.ContainsKey(name);

    // A reading of the headers that finds next to nothing would agree with everything.
    private void Report(string what, int compared, int atLeast, IEnumerable<string> headers, IEnumerable<string> generated)
    {
        var all = headers.ToHashSet(StringComparer.Ordinal);
        var newer = generated.Where(name => !all.Contains(name)).Order(StringComparer.Ordinal).ToArray();
        var leftOut = all.Where(static name => !IsWanted(name)).ToArray();
        output.WriteLine($"{compared} {what} compared, {leftOut.Length} left out on purpose");
        output.WriteLine($"{newer.Length} newer than the headers: {string.Join(", ", newer)}");
        Assert.InRange(compared, atLeast, int.MaxValue);
    }
}
