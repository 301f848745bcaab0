using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using VmcsGen.Oracle.Tests.Headers;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Tool.Tests.Emission;

/// <summary>What is emitted for each language, compiled or loaded there: its numbers are those of gcc over the kernel's headers.</summary>
public class EmitTests
{
    // A struct with all that makes layouts hard.
    private const string Hard = """
        kind: kvm-structs
        structs:
          - name: hard_inner
            packed: true
            size: 11
            members:
              - { name: type, type: __u8 }
              - { name: fn, type: __u64 }
              - { name: be, type: __be16 }
          - name: hard
            size: 64
            members:
              - { name: in, type: __u8 }
              - { name: low, type: __u32, bits: 3 }
              - { name: high, type: __u32, bits: 29 }
              - union:
                  - { name: whole, type: __u64 }
                  - struct:
                      - { name: from, type: "__u16[3]" }
                      - { name: pointer, type: "void *" }
              - name: named
                struct:
                  - { name: inner, type: struct hard_inner }
                  - { name: rows, type: "__u8[2][3]" }
              - { name: regs, type: "struct kvm_dtable" }
              - { name: entries, type: "struct kvm_msr_entry[]" }
        """;

    [Fact]
    public void A_C_header_has_the_sizes_offsets_and_numbers_of_the_kernels()
    {
        Tools.RequireOrSkip();
        using var directory = new ScratchDirectory();
        var emitted = Emit(directory, "c", "vmcsgen.h", "kvm");
        var mine = InstalledHeaders.Find(emitted);
        Assert.True(mine is not null, Tools.TryRun("gcc", "-fsyntax-only", "-x", "c", emitted).Errors);
        var kernel = InstalledHeaders.Kvm;

        Same(Structs(kernel), mine.Structs, 50);
        Same(Members(kernel), mine.Members, 500);
        Same(kernel.BitFields, mine.BitFields, 5);
        Same(Numbers(kernel), mine.Numbers, 400);
    }

    [Fact]
    public void A_Python_module_has_the_sizes_and_offsets_of_the_kernels()
    {
        Tools.RequireOrSkip(Answers("python3") ? null : "There is no python3 to load the module: install python3.");
        Tools.RequireOrSkip();
        using var directory = new ScratchDirectory();
        Emit(directory, "python", "emitted.py", "kvm");
        using var json = JsonDocument.Parse(
            Tools.Run(
                "python3",
                directory.Write(
                    "show.py",
                    """
                    import ctypes, json, emitted
                    def walk(cls, start, path, out):
                        for field in cls._fields_:
                            name, type_ = field[0], field[1]
                            where = getattr(cls, name)
                            here = path if name in getattr(cls, "_anonymous_", ()) else path + [name.rstrip("_")]
                            if len(field) == 2 and here != path:
                                out[".".join(here)] = [start + where.offset, ctypes.sizeof(type_)]
                            if hasattr(type_, "_fields_"):
                                walk(type_, start + where.offset, here, out)
                    result = {"structs": {}, "numbers": {}}
                    for name, value in vars(emitted).items():
                        if isinstance(value, type) and issubclass(value, (ctypes.Structure, ctypes.Union)):
                            members = {}
                            walk(value, 0, [], members)
                            result["structs"][name] = {"size": ctypes.sizeof(value), "members": members}
                        elif isinstance(value, int):
                            result["numbers"][name] = str(value)
                    print(json.dumps(result))
                    """
                )
            )
        );
        var structs = json.RootElement.GetProperty("structs");
        var kernel = InstalledHeaders.Kvm;

        Same(
            Structs(kernel).ToDictionary(static one => one.Key, static one => one.Value.Size),
            structs.EnumerateObject().ToDictionary(static one => one.Name, static one => one.Value.GetProperty("size").GetInt32()),
            50
        );
        var members = structs
            .EnumerateObject()
            .SelectMany(static one =>
                one.Value.GetProperty("members").EnumerateObject().Select(member => (Struct: one.Name, Member: member))
            )
            .ToDictionary(
                static one => (one.Struct, one.Member.Name),
                static one => (one.Member.Value[0].GetInt32(), one.Member.Value[1].GetInt32())
            );
        // Flexible arrays have the size of an element with gcc, and none here.
        Same(Members(kernel).Where(one => members.GetValueOrDefault(one.Key).Item2 != 0).ToDictionary(), members, 400);
        Same(
            Numbers(kernel),
            json.RootElement.GetProperty("numbers")
                .EnumerateObject()
                .ToDictionary(static one => one.Name, static one => Int128.Parse(one.Value.GetString()!, CultureInfo.InvariantCulture)),
            400
        );
    }

    [Fact]
    public void A_Rust_module_has_the_sizes_and_offsets_of_the_kernels()
    {
        Tools.RequireOrSkip(Answers("rustc") ? null : "There is no rustc to compile the module: install rustc.");
        Tools.RequireOrSkip();
        using var directory = new ScratchDirectory();
        Emit(directory, "rust", "emitted.rs", "kvm");
        var kernel = InstalledHeaders.Kvm;
        var mine = Emitted("json", "kvm")
            .RootElement.GetProperty("structs")
            .EnumerateArray()
            .Select(static one => one.GetProperty("name").GetString()!)
            .ToHashSet();
        var structs = Structs(kernel).Where(one => mine.Contains(one.Key)).ToArray();
        Assert.True(structs.Length > 50);
        // Members of the struct itself, without those of anonymous parts, which have a name more in Rust.
        var members = kernel
            .Members.Where(one => mine.Contains(one.Key.Tag) && !one.Key.Path.Contains('.', StringComparison.Ordinal))
            .Where(one => File.ReadAllText(directory.Path("emitted.rs")).Contains($"pub {one.Key.Path}: ", StringComparison.Ordinal))
            .ToArray();
        var source = string.Concat(
            structs
                .Select(static one =>
                    $"    assert_eq!((std::mem::size_of::<{one.Key}>(), std::mem::align_of::<{one.Key}>()), ({one.Value.Size}, {one.Value.Alignment}), \"{one.Key}\");\n"
                )
                .Concat(
                    Numbers(kernel)
                        .Where(one => Constants("kvm").ContainsKey(one.Key))
                        .Select(static one => $"    assert_eq!({one.Key} as i128, {one.Value}, \"{one.Key}\");\n")
                )
        );
        Assert.NotEmpty(members);
        directory.Write(
            "check.rs",
            $"#![allow(dead_code, non_camel_case_types, overflowing_literals)]\ninclude!(\"emitted.rs\");\nfn main() {{\n{source}}}\n"
        );
        Tools.Run("rustc", "-A", "warnings", "-o", directory.Path("check"), directory.Path("check.rs"));
        Tools.Run(directory.Path("check"));
    }

    [Fact]
    public void Structs_of_a_users_spec_are_laid_out_as_gcc_does_in_every_language()
    {
        Tools.RequireOrSkip();
        using var directory = new ScratchDirectory();
        var spec = directory.Write("hard.vmcs.yaml", Hard);
        var header = Emit(directory, "c", "hard.h", spec);
        // It asserts its sizes, which gcc computes.
        Tools.Run("gcc", "-fsyntax-only", "-Wall", "-x", "c", header);
        var mine = InstalledHeaders.Find(header)!;
        using var json = Emitted("json", spec);
        var members = json
            .RootElement.GetProperty("structs")
            .EnumerateArray()
            .SelectMany(static one =>
                one.GetProperty("members")
                    .EnumerateArray()
                    .Where(static member => member.TryGetProperty("size", out _) && !member.TryGetProperty("bits", out _))
                    .Select(member =>
                        (
                            (one.GetProperty("name").GetString()!, member.GetProperty("name").GetString()!),
                            (member.GetProperty("offset").GetInt32(), member.GetProperty("size").GetInt32())
                        )
                    )
            )
            .ToDictionary(static one => one.Item1, static one => one.Item2);
        Same(mine.Members, members, 10);
        Assert.Contains(("kvm_msr_entry", "index"), mine.Members.Keys);

        if (Answers("python3"))
        {
            Emit(directory, "python", "hard.py", spec);
            Tools.Run("python3", directory.Path("hard.py"));
        }
        if (Answers("rustc"))
        {
            var rust = Emit(directory, "rust", "hard.rs", spec);
            Tools.Run("rustc", "--crate-type", "lib", "--emit", "metadata", "-A", "warnings", "-o", directory.Path("hard"), rust);
        }
    }

    [Fact]
    public void Names_of_VMX_have_the_numbers_of_the_manual()
    {
        var constants = Constants("vmx");

        // SDM 3D, appendix B.
        Assert.Equal("0x681E", constants["GUEST_RIP"]);
        Assert.Equal("0x6C16", constants["HOST_RIP"]);
        Assert.Equal("0x4402", constants["VM_EXIT_REASON"]);
        Assert.Equal("0x480", constants["MSR_IA32_VMX_BASIC"]);
        Assert.Equal("0x30", constants["EXIT_REASON_EPT_VIOLATION"]);
    }

    [Fact]
    public void Each_CPUID_feature_is_the_bit_that_two_sources_give_it()
    {
        var constants = Constants("x86");

        // SDM 2A, CPUID, and AMD APM 3, appendix E.
        Assert.Equal("0x20", constants["CPUID_1_0_ECX_VMX"]);
        Assert.Equal("0x80", constants["CPUID_7_0_EBX_SMEP"]);
        Assert.Equal("0x100000", constants["CPUID_80000001_0_EDX_NO_EXECUTE"]);
        using var facts = JsonDocument.Parse(File.ReadAllText(Path.Combine(RuntimeSources.Root, "tests", "facts", "x86.json")));
        var places = facts
            .RootElement.GetProperty("cpuid")
            .EnumerateArray()
            .Select(static fact =>
                $"CPUID_{fact.GetProperty("leaf").GetUInt32():X}_{fact.GetProperty("subleaf").GetInt32()}_"
                + $"{fact.GetProperty("register").GetString()!.ToUpperInvariant()} 0x{1U << fact.GetProperty("bit").GetInt32():X}"
            )
            .ToHashSet();
        var features = constants.Where(static one => one.Key.StartsWith("CPUID_", StringComparison.Ordinal)).ToArray();
        Assert.InRange(features.Length, 150, int.MaxValue);
        // Features of KVM itself are in the kernel's header alone.
        var others = features.Where(static one => !one.Key.StartsWith("CPUID_40000001_", StringComparison.Ordinal));
        Assert.All(others, one => Assert.Contains($"{string.Join('_', one.Key.Split('_')[..4])} {one.Value}", places));
    }

    [Fact]
    public void The_header_of_VMX_compiles_and_has_the_layout_of_vmcs12()
    {
        Tools.RequireOrSkip();
        using var directory = new ScratchDirectory();
        var header = Emit(directory, "c", "vmx.h", "vmx");
        var mine = InstalledHeaders.Find(header)!;

        var facts = JsonDocument.Parse(File.ReadAllText(Path.Combine(RuntimeSources.Root, "tests", "facts", "vmcs12.json")));
        foreach (var field in facts.RootElement.GetProperty("current").GetProperty("fields").EnumerateArray())
        {
            var name = field.GetProperty("name").GetString()!;
            if (field.TryGetProperty("encodings", out _))
                Assert.Equal(
                    (field.GetProperty("offset").GetInt32(), field.GetProperty("size").GetInt32()),
                    mine.Members[("vmcs12", name)]
                );
        }
    }

    [Fact]
    public void A_file_is_written_whole_or_not_at_all()
    {
        using var directory = new ScratchDirectory();
        var spec = directory.Write("bad.vmcs.yaml", "kind: kvm-structs\nstructs:\n  - { name: x }\n");

        var run = ToolRun.Of("emit", "-l", "c", spec, "-o", directory.Path("out.h"));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("bad.vmcs.yaml:3:", run.Error, StringComparison.Ordinal);
        Assert.Equal([spec], Directory.GetFiles(Path.GetDirectoryName(spec)!));
    }

    private static string Emit(ScratchDirectory directory, string language, string name, params string[] specs)
    {
        var path = directory.Path(name);
        var run = ToolRun.Of(["emit", "--language", language, .. specs, "--output", path]);
        Assert.Empty(run.Error);
        Assert.Equal(0, run.ExitCode);
        return path;
    }

    private static JsonDocument Emitted(string language, params string[] specs) =>
        JsonDocument.Parse(ToolRun.Of(["emit", "--language", language, .. specs]).Output);

    private static Dictionary<string, string> Constants(string group)
    {
        if (s_constants.TryGetValue(group, out var known))
            return known;
        using var json = Emitted("json", group);
        return s_constants[group] = json
            .RootElement.GetProperty("constants")
            .EnumerateArray()
            .ToDictionary(static one => one.GetProperty("name").GetString()!, static one => one.GetProperty("value").GetString()!);
    }

    private static readonly Dictionary<string, Dictionary<string, string>> s_constants = [];

    // What later kernels changed within the space that they had, and constants that count others.
    private static Dictionary<TKey, TValue> Unchanged<TKey, TValue>(
        IReadOnlyDictionary<TKey, TValue> items,
        Func<TKey, string> name,
        (string Item, string Reason)[] changed
    )
        where TKey : notnull => items.Where(one => !changed.Any(except => except.Item.Split(',')[0] == name(one.Key))).ToDictionary();

    private static Dictionary<string, (int Size, int Alignment)> Structs(InstalledHeaders headers) =>
        Unchanged(headers.Structs, static tag => tag, HeaderExceptions.Structs);

    private static Dictionary<(string Tag, string Path), (int Offset, int Size)> Members(InstalledHeaders headers) =>
        Unchanged(headers.Members, static member => $"{member.Tag}.{member.Path}", HeaderExceptions.Members);

    private static Dictionary<string, Int128> Numbers(InstalledHeaders headers) =>
        Unchanged(headers.Numbers, static name => name, HeaderExceptions.Constants);

    private static bool Answers(string program)
    {
        try
        {
            return Tools.TryRun(program, "--version").ExitCode == 0;
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or IOException)
        {
            return false;
        }
    }

    // What both have is the same, and that is much.
    private static void Same<TKey, TValue>(IReadOnlyDictionary<TKey, TValue> expected, IReadOnlyDictionary<TKey, TValue> actual, int least)
        where TKey : notnull
    {
        var common = expected.Keys.Where(actual.ContainsKey).ToArray();
        Assert.True(common.Length >= least, $"only {common.Length} of {expected.Count} and {actual.Count} are the same");
        Assert.Empty(common.Where(key => !Equals(expected[key], actual[key])).Select(key => $"{key}: {expected[key]} and {actual[key]}"));
    }
}
