using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Microsoft.CodeAnalysis;
using VmcsGen.Oracle.Tests.Headers;
using VmcsGen.Testing;
using VmcsGen.Tool.Clang;
using VmcsGen.Tool.Comparison;
using VmcsGen.Tool.Headers;
using VmcsGen.Tool.Import;
using VmcsGen.Tool.SpecTexts;
using Xunit;

namespace VmcsGen.Tool.Tests.Import;

/// <summary>Headers to which something is added by hand: this comes out, and nothing else.</summary>
public sealed class AddedItemTests : IDisposable
{
    private const string Declarations = """
        struct kvm_acme {
        	__u32 nent;
        	__u16 kind : 3;
        	__u16 more : 13;
        	union {
        		__u64 where;
        		struct {
        			__u8 low[4];
        			__be32 high;
        		} parts;
        	};
        	struct kvm_segment entries[];
        };
        #define KVM_ACME_QUERY _IOWR(KVMIO, 0xf7, struct kvm_acme)
        #define KVM_CAP_ACME (KVM_CAP_PPC_RPT_INVALIDATE + 9000)

        """;

    // Where distributions have it.
    private static readonly string[] s_asm =
    [
        "/usr/include/x86_64-linux-gnu/asm/kvm.h",
        "/usr/include/asm/kvm.h",
        "/usr/lib/linux/uapi/x86/asm/kvm.h",
    ];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("vmcsgen");

    [Fact]
    public void One_struct_one_ioctl_and_one_constant_come_out_and_nothing_else()
    {
        var (header, target) = Edited(static text => Insert(text, Declarations));
        var result = KvmImport.Import(KvmImport.Specs, header, target);

        Assert.Equal(
            ["KVM_ACME_QUERY", "KVM_CAP_ACME", "struct kvm_acme"],
            result.Changes.Select(static change => change.Item).Order(StringComparer.Ordinal)
        );
        Assert.All(result.Changes, static change => Assert.True(change.IsNew));
        Assert.DoesNotContain(result.Findings, static finding => finding.IsDifference);
        // What was there stands as it stood: lines were only added.
        foreach (var file in result.Specs.Files)
        {
            var before = KvmImport.Specs.Files.Single(other => other.Path == file.Path).Text.Split('\n');
            var after = new Queue<string>(file.Text.Split('\n'));
            Assert.All(
                before,
                line =>
                {
                    while (after.Dequeue() != line) { }
                }
            );
        }
        var capability = result.Specs.Constants["KVM_CAP_ACME"].Single();
        Assert.Equal("KvmCapability", capability.Group.Text("name"));
        var item = result.Specs.Structs["kvm_acme"];
        Assert.Equal(["nent", "kind", "more", "", "entries"], item.Members.Select(static member => member.Name));
        // sizeof by hand: 4 + 2 for the bit-fields, 2 to align the union, 8 of it.
        Assert.Equal("16", item.Node.Text("size"));
        Assert.Equal("__be32", item.Members[3].Members[1].Members[1].Type);
    }

    [Fact]
    public void What_comes_out_is_taken_by_the_generator()
    {
        var (header, target) = Edited(static text => Insert(text, Declarations));
        var changed = KvmImport.Changed(KvmImport.Specs, KvmImport.Import(KvmImport.Specs, header, target).Specs).ToHashSet();

        var run = Generated(KvmImport.Import(KvmImport.Specs, header, target));

        Assert.Equal(3, changed.Count);
        Assert.Empty(run.Diagnostics);
        Assert.Contains("struct KvmAcme", run.Source("KvmAcme.g.cs"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("KVM_ACME_FLAG_RED (1 << 0)|KVM_ACME_FLAG_GREEN (1 << 1)", "KvmAcmeFlags", "flags", "Red Green")]
    [InlineData("KVM_ACME_RED 0x1|KVM_ACME_GREEN 0x40000000000ULL", "KvmAcmeFlags", "flags", "Red Green")]
    [InlineData("KVM_ACME_RED 1|KVM_ACME_GREEN 2|KVM_ACME_BLUE 4", "KvmAcmeFlags", "flags", "Red Green Blue")]
    [InlineData("KVM_ACME_KIND_RED 0|KVM_ACME_KIND_GREEN 1|KVM_ACME_KIND_BLUE 2", "KvmAcmeKind", "enum", "Red Green Blue")]
    // What may be two bits or two kinds, is no row, is one alone, or has no word of its own in common.
    [InlineData("KVM_ACME_RED 1|KVM_ACME_GREEN 2", null, "constants", null)]
    [InlineData("KVM_ACME_RED 7|KVM_ACME_GREEN 12|KVM_ACME_BLUE 90", null, "constants", null)]
    [InlineData("KVM_ACME_RED (1 << 3)", null, "constants", null)]
    [InlineData("KVM_RED (1 << 3)|KVM_GREEN (1 << 4)", null, "constants", null)]
    // A group that is there goes before: flags of memory slots.
    [InlineData("KVM_MEM_ACME_RED (1UL << 8)|KVM_MEM_ACME_GREEN (1UL << 9)", "KvmMemoryRegionFlags", "flags", null)]
    public void Macros_that_are_bits_or_kinds_of_one_thing_become_a_type(string macros, string? type, string form, string? members)
    {
        var names = macros.Split('|').Select(static macro => macro[..macro.IndexOf(' ', StringComparison.Ordinal)]).ToArray();
        var lines = macros.Split('|').Select(static macro => "#define " + macro);
        var (header, target) = Edited(text => Insert(text, string.Join('\n', lines) + "\n\n"));

        var result = KvmImport.Import(KvmImport.Specs, header, target);

        Assert.Equal(
            names.Order(StringComparer.Ordinal),
            result.Changes.Select(static change => change.Item).Order(StringComparer.Ordinal)
        );
        Assert.DoesNotContain(result.Findings, static finding => finding.IsDifference);
        var groups = names.Select(name => result.Specs.Constants[name].Single().Group).Distinct().ToArray();
        Assert.All(groups, group => Assert.Equal(form, group.Text("form")));
        if (type is not null)
            Assert.Equal(type, Assert.Single(groups).Text("name"));
        if (members is not null)
        {
            var run = Generated(result);
            Assert.Empty(run.Diagnostics);
            var source = run.Source(type + ".g.cs");
            Assert.All(members.Split(' '), member => Assert.Contains($"    {member} = ", source, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_member_that_takes_the_place_of_padding_comes_out()
    {
        // struct kvm_pit_config { __u32 flags; __u32 pad[15]; }
        var (header, target) = Edited(static text =>
            text.Replace("\t__u32 flags;\n\t__u32 pad[15];", "\t__u32 flags;\n\t__u32 acme[2];\n\t__u32 pad[13];", StringComparison.Ordinal)
        );
        var expected = header.Records.Single(static record => record.Tag == "kvm_pit_config");
        Assert.Equal(["flags", "acme", "pad"], expected.Members.Select(static member => member.Name));

        var result = KvmImport.Import(KvmImport.Specs, header, target);

        Assert.Equal(["struct kvm_pit_config"], result.Changes.Select(static change => change.Item));
        Assert.DoesNotContain(result.Findings, static finding => finding.IsDifference);
        var item = result.Specs.Structs["kvm_pit_config"];
        Assert.Equal(["flags", "acme", "pad"], item.Members.Select(static member => member.Name));
        Assert.Equal(KvmImport.Specs.Structs["kvm_pit_config"].Node.Text("doc"), item.Node.Text("doc"));
        Assert.NotNull(item.Members[0].Node.Text("doc"));
    }

    [Fact]
    public void A_number_that_changed_becomes_that_of_the_header()
    {
        var (header, target) = Edited(static text =>
            text.Replace("#define KVM_CAP_HLT\t  1\n", "#define KVM_CAP_HLT\t  4001\n", StringComparison.Ordinal)
                .Replace("_IOW(KVMIO,  0x82, struct kvm_regs)", "_IOW(KVMIO,  0xf9, struct kvm_fpu)", StringComparison.Ordinal)
        );

        var result = KvmImport.Import(KvmImport.Specs, header, target);

        Assert.Equal(["KVM_CAP_HLT", "KVM_SET_REGS"], result.Changes.Select(static change => change.Item).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(result.Findings, static finding => finding.IsDifference);
        Assert.Equal("4001", result.Specs.Constants["KVM_CAP_HLT"].Single().Node.Text("value"));
        Assert.Equal("struct kvm_fpu", result.Specs.Ioctls["KVM_SET_REGS"].Single().Argument);
    }

    // The runtime's specs with those that the import gave.
    private static GeneratorRun Generated(ImportResult result)
    {
        var specs = result.Specs.Files.ToDictionary(static file => file.Path, static file => file.Text);
        return GeneratorRun.Of(
            "runtime",
            [
                .. RuntimeSources.Specs.Select(spec =>
                    specs.TryGetValue(Path.Combine(RuntimeSources.Root, spec.Path), out var text) ? new SpecText(spec.Path, text) : spec
                ),
            ]
        );
    }

    public void Dispose() => _folder.Delete(recursive: true);

    // A copy of the installed headers in a folder of their own.
    private (CInterface Header, ClangTarget Target) Edited(Func<string, string> edit)
    {
        Tools.RequireOrSkip();
        var text = File.ReadAllText("/usr/include/linux/kvm.h");
        var edited = edit(text);
        Assert.NotEqual(text, edited);
        Write("linux/kvm.h", edited);
        Write("asm/kvm.h", File.ReadAllText(s_asm.First(File.Exists)));
        var target = new ClangTarget(ClangTarget.X64, [_folder.FullName], KvmImport.Definitions);
        return (HeaderReader.Read(KvmImport.Headers, target), target);
    }

    private void Write(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private static string Insert(string text, string declarations)
    {
        var end = text.LastIndexOf("#endif", StringComparison.Ordinal);
        return text.Insert(end, declarations);
    }
}
