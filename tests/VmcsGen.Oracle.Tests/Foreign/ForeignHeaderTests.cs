using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.CodeAnalysis;
using VmcsGen.Kvm;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Oracle.Tests.Generated;
using VmcsGen.Oracle.Tests.Headers;
using VmcsGen.Oracle.Tests.Support;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Oracle.Tests.Foreign;

/// <summary>
/// Interfaces that are not KVM's, written as a user would write their specs: every size, offset, bit and number is the compiler's.
/// </summary>
public sealed class ForeignHeaderTests(ITestOutputHelper output)
{
    private static readonly JsonSerializerOptions FactsOptions = new(FactsFile.Options)
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    // VFIO gives one number to an ioctl of its devices and to one of its containers: they are told apart by their handles.
    private const string Handles = """
        namespace Acme;

        /// <summary>A VFIO device.</summary>
        public sealed class VfioDevice() : Microsoft.Win32.SafeHandles.SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
        {
            /// <inheritdoc/>
            protected override bool ReleaseHandle() => true;
        }
        """;

    [Theory]
    [InlineData("vfio", 42, 167, 180, "linux/vfio.h")]
    [InlineData("vhost", 11, 38, 68, "linux/vhost_types.h", "linux/vhost.h")]
    [InlineData("userfaultfd", 8, 44, 56, "linux/userfaultfd.h")]
    [InlineData("perf_event", 8, 136, 336, "linux/perf_event.h")]
    [InlineData("io_uring", 22, 144, 177, "linux/io_uring.h", "linux/time_types.h")]
    [InlineData("sgx", 8, 30, 10, "asm/sgx.h")]
    [InlineData("mshv", 11, 44, 53, "linux/mshv.h")]
    [InlineData("nitro_enclaves", 3, 7, 32, "linux/nitro_enclaves.h")]
    [InlineData("iommufd", 16, 83, 51, "linux/iommufd.h")]
    [InlineData("tun", 4, 11, 55, "linux/if_tun.h", "linux/filter.h", "linux/if_ether.h")]
    [InlineData("fuse", 65, 260, 157, "linux/fuse.h")]
    public void Every_size_offset_bit_and_number_is_that_of_gcc(string name, int structs, int members, int numbers, params string[] headers)
    {
        var facts = Facts(name, headers);
        var generated = Generate(name);
        var differences = new Differences();
        var (comparedStructs, comparedMembers, comparedNumbers) = (0, 0, 0);
        foreach (var (tag, actual) in generated.Structs)
        {
            if (!facts.Structs.TryGetValue(tag, out var expected))
            {
                differences.Add(tag, "no struct of the header has this name");
                continue;
            }
            comparedStructs++;
            differences.Check(tag, "size", expected.Size, actual.Size);
            differences.Check(tag, "alignment", expected.Alignment, actual.Alignment);
            foreach (var (path, member) in expected.Members)
            {
                comparedMembers++;
                MemberComparison.Compare($"{tag}.{path}", path, member, actual, differences);
            }
            foreach (var path in actual.Members.Keys.Except(expected.Members.Keys))
                differences.Add($"{tag}.{path}", "no member in the header has this path");
        }
        var all = generated
            .Constants.SelectMany(static c => c.Select(value => KeyValuePair.Create(c.Key, value)))
            .Concat(generated.Ioctls.Select(static i => KeyValuePair.Create(i.Key, (Int128)i.Value)));
        foreach (var (constant, actual) in all)
        {
            comparedNumbers++;
            if (facts.Numbers.TryGetValue(constant, out var expected))
                differences.Check(constant, "value", AsBits(expected, actual), actual);
            else
                differences.Add(constant, "no number in the header has this name");
        }
        var newer = facts.Structs.Keys.Except(generated.Structs.Keys).Order(StringComparer.Ordinal);
        output.WriteLine($"{comparedStructs} structs, {comparedMembers} members, {comparedNumbers} numbers");
        output.WriteLine($"In the header alone: {string.Join(", ", newer)}");
        differences.AssertNone(output);
        Assert.Equal(structs, comparedStructs);
        Assert.InRange(comparedMembers, members, int.MaxValue);
        Assert.InRange(comparedNumbers, numbers, int.MaxValue);
    }

    // To C, 1 << 31 is an int, and so negative. What counts are its bits.
    private static Int128 AsBits(Int128 expected, Int128 actual) =>
        expected < 0 && expected >= int.MinValue && actual >= 0 ? expected + (1L << 32) : expected;

    // Of a header that this machine does not have, what gcc said where there was one. tests/facts/README.md tells how it is recorded.
    private static HeaderFacts Facts(string name, string[] headers)
    {
        Tools.RequireOrSkip();
        var file = $"header_{name}.json";
        if (InstalledHeaders.Find(headers) is not { } installed)
            return JsonSerializer.Deserialize<HeaderFacts>(
                    File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "facts", file)),
                    FactsOptions
                ) ?? throw new InvalidDataException($"{file} is empty.");
        var record = Path.Combine(Repository.Root, "tests", "facts", file);
        if (Environment.GetEnvironmentVariable(Snapshot.AcceptVariable) == "1" && File.Exists(record))
            File.WriteAllText(record, JsonSerializer.Serialize(installed.Facts, FactsOptions) + "\n");
        return installed.Facts;
    }

    private static GeneratedKvm Generate(string name)
    {
        var folder = Path.Combine(Repository.Root, "tests", "VmcsGen.Oracle.Tests", "Foreign");
        var specs = Directory
            .GetFiles(folder, $"{name}.*.yaml")
            .Order(StringComparer.Ordinal)
            .Select(static path => new SpecText(path, File.ReadAllText(path)));
        var run = GeneratorRun.Of([.. specs]).WithCSharp(Handles);
        Listing.AssertEmpty(run.Diagnostics.Select(static d => d.ToString()), "diagnostics");
        var project = run.Compile([MetadataReference.CreateFromFile(typeof(KvmHost).Assembly.Location)]);
        Listing.AssertEmpty(project.Problems, "problems of the generated code");
        return new(project.Load(), GeneratorRun.RootNamespace, static t => t.Name.EndsWith("Ioctls", StringComparison.Ordinal));
    }
}
