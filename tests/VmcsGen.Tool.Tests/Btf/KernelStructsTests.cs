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
using VmcsGen.Tool.SpecTexts;
using VmcsGen.Tool.Tests.KernelDumps;
using Xunit;

namespace VmcsGen.Tool.Tests.Btf;

/// <summary>Structs that a kernel keeps to itself: the C# that comes of its BTF has each member where pahole says that it is.</summary>
public sealed class KernelStructsTests(DebianKernel debian, LabKernel lab, ITestOutputHelper output)
    : IClassFixture<DebianKernel>,
        IClassFixture<LabKernel>,
        IDisposable
{
    private const string Running = "/sys/kernel/btf/vmlinux";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("vmcsgen");

    [Theory]
    [InlineData("kvm,kvm_vcpu,kvm_arch,kvm_vcpu_arch,kvm_memslots,kvm_memory_slot,kvm_mmu,kvm_lapic", 200, "kvm.ko")]
    [InlineData("vcpu_vmx,nested_vmx,vmcs12,kvm_vmx,loaded_vmcs,vmcs_controls_shadow", 200, "kvm-intel.ko")]
    [InlineData("vcpu_svm,kvm_svm,vmcb_save_area,vmcb_control_area", 100, "kvm-amd.ko")]
    public void Structs_of_Debians_KVM_are_as_pahole_says(string tags, int atLeast, string module)
    {
        debian.RequireOrSkip();
        Compare(debian.Module(module), debian.Kernel, tags, withHeld: false, atLeast);
    }

    [Fact]
    public void Structs_that_the_sample_of_dumps_reads_are_as_pahole_says()
    {
        lab.RequireOrSkip();
        Compare(lab.Module("kvm-amd.ko"), lab.Kernel, SampleProgram.Types, withHeld: false, 350);
    }

    [Fact]
    public void Structs_that_a_struct_holds_are_as_pahole_says()
    {
        debian.RequireOrSkip();
        Compare(debian.Module("kvm.ko"), debian.Kernel, "kvm,kvm_vcpu", withHeld: true, 600);
    }

    [Fact]
    public void Structs_of_the_running_kernel_are_as_pahole_says()
    {
        Tools.RequireOrSkip(File.Exists(Running) ? null : $"The running kernel has no {Running}.");
        Tools.RequireOrSkip(Pahole.Missing);
        Compare(Running, null, "task_struct,mm_struct,file,inode,sock,sk_buff,tcp_sock,page,net_device", withHeld: false, 500);
    }

    [Fact]
    public void The_spec_of_vmcs12_has_every_member_of_Debians_KVM_in_its_place()
    {
        debian.RequireOrSkip();
        var (size, members) = Pahole.Ask("vmcs12", debian.Module("kvm-intel.ko"), debian.Kernel);
        var spec = SpecFile
            .List(
                YamlReader.Read("vmcs12", File.ReadAllText(Path.Combine(RuntimeSources.Root, "spec", "vmx", "layouts", "vmcs12.yaml"))),
                "layouts"
            )
            .Single();
        var offsets = SpecFile
            .List(spec, "fields")
            .ToDictionary(static field => field.Text("linux")!, static field => int.Parse(field.Text("offset")!, null));
        var differences = new Differences();
        var compared = 0;
        foreach (var (name, offset, _) in members.Where(static member => !IsSpace(member.Name)))
        {
            compared++;
            if (offsets.TryGetValue(name, out var stated))
                differences.Check(name, "offset", offset / 8, stated);
            else
                differences.Add(name, "the spec has no member of this name");
        }
        output.WriteLine($"{compared} members of {offsets.Count}, {size} bytes");
        differences.AssertNone(output);
        Assert.InRange(compared, 140, int.MaxValue);
    }

    [Fact]
    public void A_module_without_its_kernel_is_told()
    {
        debian.RequireOrSkip();
        var run = ToolRun.Of("import", "--btf", debian.Module("kvm-intel.ko"), "--types", "vmcs12", "--into", _folder.FullName);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("Name the kernel's with --base", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("there is no struct 'kvm_vcpux'", "--btf", "KERNEL", "--types", "kvm_vcpux")]
    [InlineData("say which structs", "--btf", "KERNEL")]
    [InlineData("name one of them", "linux/kvm.h", "--btf", "KERNEL", "--types", "kvm")]
    [InlineData("the file cannot be read", "--btf", "/no/such/file", "--types", "kvm")]
    [InlineData("it does not begin with the number of BTF", "--btf", "/etc/passwd", "--types", "kvm")]
    [InlineData("name the headers")]
    public void A_command_line_that_cannot_be_used_is_told(string error, params string[] words)
    {
        debian.RequireOrSkip();
        var run = ToolRun.Of(["import", .. words.Select(word => word == "KERNEL" ? debian.Kernel : word), "--into", _folder.FullName]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(error, run.Error, StringComparison.Ordinal);
        Assert.Empty(_folder.GetFileSystemInfos());
    }

    [Fact]
    public void Broken_BTF_is_refused_and_never_read_beyond_its_end()
    {
        debian.RequireOrSkip();
        // Small BTF of one struct, made by hand: header, INT int, STRUCT s { int a; }, names.
        byte[] good =
        [
            0x9F,
            0xEB,
            1,
            0,
            24,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            40,
            0,
            0,
            0,
            40,
            0,
            0,
            0,
            9,
            0,
            0,
            0,
            1,
            0,
            0,
            0,
            0,
            0,
            0,
            1,
            4,
            0,
            0,
            0,
            32,
            0,
            0,
            1,
            5,
            0,
            0,
            0,
            1,
            0,
            0,
            4,
            4,
            0,
            0,
            0,
            7,
            0,
            0,
            0,
            1,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            (byte)'i',
            (byte)'n',
            (byte)'t',
            0,
            (byte)'s',
            0,
            (byte)'a',
            0,
        ];
        var path = Path.Combine(_folder.FullName, "btf");
        File.WriteAllBytes(path, good);
        var run = ToolRun.Of("import", "--btf", path, "--types", "s", "--into", _folder.FullName, "--dry-run");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("struct s: 4 bytes, 1 members", run.Output, StringComparison.Ordinal);

        for (var at = 0; at < good.Length; at++)
        {
            foreach (var value in new byte[] { 0, 1, 0x7F, 0x80, 0xFF })
            {
                var edited = good.ToArray();
                edited[at] = value;
                File.WriteAllBytes(path, edited);
                // Whatever comes of it: an answer or an error, and no exception.
                Assert.InRange(ToolRun.Of("import", "--btf", path, "--types", "s", "--into", _folder.FullName, "--dry-run").ExitCode, 0, 2);
            }
            File.WriteAllBytes(path, good[..at]);
            Assert.Equal(2, ToolRun.Of("import", "--btf", path, "--types", "s", "--into", _folder.FullName, "--dry-run").ExitCode);
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private void Compare(string file, string? kernel, string tags, bool withHeld, int atLeast)
    {
        string[] options =
        [
            .. kernel is null ? [] : (string[])["--base", kernel],
            .. withHeld ? (string[])["--with-held", "--without", "kvm_xen_hvm_config"] : [],
        ];
        var run = ToolRun.Of(["import", "--btf", file, .. options, "--types", tags, "--into", _folder.FullName, "--public"]);
        Assert.Empty(run.Error);
        Assert.Equal(0, run.ExitCode);
        var generated = Generate();
        var differences = new Differences();
        var compared = 0;
        foreach (var (tag, actual) in generated.Structs)
        {
            var (size, members) = Pahole.Ask(tag, file, kernel);
            differences.Check(tag, "size", size ?? (members.Max(static member => member.Offset + member.Bits) + 7) / 8, actual.Size);
            var found = actual
                .Members.Where(static member => !IsSpace(member.Key))
                .Select(static member => (member.Key, Place: Place(member.Key, member.Value)))
                .ToArray();
            var places = found.Select(static member => member.Place).ToHashSet();
            var known = members.ToHashSet();
            foreach (var member in members.Where(static member => !IsSpace(member.Name)))
            {
                compared++;
                if (!places.Contains(member))
                    differences.Add($"{tag}.{member.Name}", $"pahole has {member.Bits} bits at bit {member.Offset}");
            }
            // pahole does not open a struct that a typedef names.
            foreach (
                var (path, place) in found.Where(member =>
                    !member.Key.Contains('.', StringComparison.Ordinal) && !known.Contains(member.Place)
                )
            )
                differences.Add($"{tag}.{path}", $"the generated struct has {place.Bits} bits at bit {place.Offset}, and pahole does not");
        }
        output.WriteLine($"{generated.Structs.Count} structs, {compared} members");
        differences.AssertNone(output);
        Assert.Empty(tags.Split(',').Except(generated.Structs.Keys));
        Assert.InRange(compared, atLeast, int.MaxValue);
    }

    private static (string Name, int Offset, int Bits) Place(string path, GeneratedMember member)
    {
        var name = path[(path.LastIndexOf('.') + 1)..];
        return member.Bits is { } bits ? (name, bits.Low, bits.Count) : (name, member.Offset * 8, member.Size * 8);
    }

    private static bool IsSpace(string name)
    {
        var last = name[(name.LastIndexOf('.') + 1)..].Trim('_');
        return last == "dead_space"
            || last.StartsWith("reserved", StringComparison.Ordinal)
            || last.StartsWith("pad", StringComparison.Ordinal);
    }

    private GeneratedKvm Generate()
    {
        var path = Directory.GetFiles(_folder.FullName, "*.yaml").Single();
        var run = GeneratorRun.In(
            [MetadataReference.CreateFromFile(typeof(KvmHost).Assembly.Location)],
            new SpecText(Path.GetFileName(path), File.ReadAllText(path))
        );
        Listing.AssertEmpty(run.Diagnostics.Select(static diagnostic => diagnostic.ToString()), "diagnostics");
        var project = run.Compile([]);
        Listing.AssertEmpty(project.Problems, "problems of the generated code");
        return new(project.Load(), GeneratorRun.RootNamespace, static type => false);
    }
}
