using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Microsoft.CodeAnalysis;
using VmcsGen.Kvm;
using VmcsGen.Oracle.Tests.Generated;
using VmcsGen.Oracle.Tests.Headers;
using VmcsGen.Oracle.Tests.Support;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Tool.Tests.Import;

/// <summary>
/// Specs made from headers that no spec is of: the generator takes them without a word, the code compiles, and every size, offset, bit and
/// number is that of gcc.
/// </summary>
public sealed class ForeignImportTests(ITestOutputHelper output)
{
    // What C# does not have.
    private static readonly (string Item, string Reason)[] s_unlikeC =
    [
        ("bpf_raw_tracepoint_args, size", "a struct of a flexible array alone has no bytes in C, and one in C#"),
        ("acrn_io_request, alignment", "an alignment above that of all members is not known to .NET"),
        ("acrn_io_request_buffer, alignment", "an alignment above that of all members is not known to .NET"),
        ("acrn_vm_creation.uuid.b", "a struct that only a typedef names is one with this name in C#"),
    ];

    [Theory]
    [InlineData(42, "linux/vfio.h")]
    [InlineData(11, "linux/vhost.h", "linux/vhost_types.h")]
    [InlineData(8, "linux/userfaultfd.h")]
    [InlineData(8, "linux/perf_event.h")]
    [InlineData(55, "linux/fuse.h")]
    [InlineData(8, "asm/sgx.h")]
    [InlineData(3, "linux/nitro_enclaves.h")]
    [InlineData(2, "linux/if_tun.h")]
    [InlineData(20, "linux/io_uring.h")]
    [InlineData(2, "linux/loop.h")]
    [InlineData(1, "linux/vsockets.h", "linux/vm_sockets.h")]
    [InlineData(5, "linux/virtio_net.h")]
    [InlineData(3, "linux/virtio_ring.h")]
    [InlineData(5, "linux/virtio_blk.h")]
    [InlineData(1, "linux/udmabuf.h")]
    [InlineData(3, "linux/dma-buf.h")]
    [InlineData(1, "linux/dma-heap.h")]
    [InlineData(5, "linux/fs.h")]
    [InlineData(40, "linux/bpf.h")]
    [InlineData(20, "linux/btrfs.h")]
    [InlineData(30, "linux/videodev2.h")]
    [InlineData(5, "linux/usbdevice_fs.h")]
    [InlineData(3, "linux/random.h", "linux/seccomp.h")]
    [InlineData(5, "linux/acrn.h")]
    [InlineData(3, "linux/vdpa.h", "linux/vduse.h")]
    public void Every_size_offset_bit_and_number_of_an_imported_interface_is_that_of_gcc(int atLeast, params string[] names)
    {
        Tools.RequireOrSkip();
        string[] headers = [.. names.Where(static name => InstalledHeaders.Find(name) is not null)];
        Assert.NotEmpty(headers);
        var folder = Directory.CreateTempSubdirectory("vmcsgen");
        try
        {
            var run = ToolRun.Of(["import", .. headers, "--into", folder.FullName, "--public"]);
            Assert.Empty(run.Error);
            Assert.True(run.ExitCode == 0, run.Output[Math.Max(run.Output.IndexOf("structs,", StringComparison.Ordinal), 0)..]);
            Compare(folder.FullName, InstalledHeaders.Find(headers)!, atLeast);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private void Compare(string folder, InstalledHeaders installed, int atLeast)
    {
        var generated = Generate(folder);
        var facts = installed.Facts;
        var differences = Differences.WhereMet(s_unlikeC);
        foreach (var (tag, expected) in facts.Structs)
        {
            if (!generated.Structs.TryGetValue(tag, out var actual))
            {
                differences.Add(tag, "no generated struct has this name");
                continue;
            }
            differences.Check(tag, "size", expected.Size, actual.Size);
            differences.Check(tag, "alignment", expected.Alignment, actual.Alignment);
            foreach (var (path, member) in expected.Members)
                MemberComparison.Compare($"{tag}.{path}", path, member, actual, differences);
            foreach (var path in actual.Members.Keys.Except(expected.Members.Keys))
                differences.Add($"{tag}.{path}", "no member in the header has this path");
        }
        foreach (var (name, expected) in facts.Numbers)
        {
            Int128[] found = [.. generated.Constants[name], .. Ioctl(generated, name)];
            if (found.Length == 0)
                differences.Add(name, "no generated constant or ioctl has this name");
            foreach (var actual in found)
                differences.Check(name, "value", AsBits(expected, actual), actual);
        }
        var ioctls = installed.Macros.Ioctls.Where(facts.Numbers.ContainsKey).ToArray();
        Listing.AssertEmpty(ioctls.Where(name => !generated.Ioctls.ContainsKey(name)), "ioctls that became constants");
        output.WriteLine($"{facts.Structs.Count} structs, {facts.Numbers.Count} numbers, {ioctls.Length} of them ioctls");
        differences.AssertNone(output);
        Assert.InRange(facts.Structs.Count, atLeast, int.MaxValue);
    }

    private static IEnumerable<Int128> Ioctl(GeneratedKvm generated, string name) =>
        generated.Ioctls.TryGetValue(name, out var number) ? [number] : [];

    // To C, 1 << 31 is an int, and so negative. What counts are its bits.
    private static Int128 AsBits(Int128 expected, Int128 actual) =>
        expected < 0 && actual >= 0 ? expected + (expected >= int.MinValue ? 1L << 32 : (Int128)1 << 64) : expected;

    private static GeneratedKvm Generate(string folder)
    {
        var specs = Directory
            .GetFiles(folder, "*.yaml")
            .Order(StringComparer.Ordinal)
            .Select(static path => new SpecText(Path.GetFileName(path), File.ReadAllText(path)));
        var run = GeneratorRun.In([MetadataReference.CreateFromFile(typeof(KvmHost).Assembly.Location)], [.. specs]);
        Listing.AssertEmpty(run.Diagnostics.Select(static diagnostic => diagnostic.ToString()), "diagnostics");
        var project = run.Compile([]);
        Listing.AssertEmpty(project.Problems, "problems of the generated code");
        return new(project.Load(), GeneratorRun.RootNamespace, static type => type.Name.EndsWith("Ioctls", StringComparison.Ordinal));
    }
}
