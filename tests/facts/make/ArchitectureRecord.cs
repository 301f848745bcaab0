using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Nodes;
using VmcsGen.Tool;
using VmcsGen.Tool.Clang;
using VmcsGen.Tool.Headers;

namespace VmcsGen.Facts;

/// <summary>
/// KVM's interface on another machine than x86-64: <c>kvm_arm64.json</c> and so on. libclang tells what there is, and gcc for that machine
/// what size, place and number it has.
/// </summary>
internal sealed class ArchitectureRecord
{
    // What only the kernel itself defines, and headers use.
    private static readonly string[] s_kernelTerms = ["PAGE_SIZE=4096", "SZ_64K=65536", "U64_MAX=0xffffffffffffffffULL"];

    // How compilers name each, and what the program gcc hands to the compiler beyond the file.
    private static readonly Dictionary<string, (string Triple, string[] Options)> s_machines = new()
    {
        ["arm64"] = ("aarch64-linux-gnu", []),
        ["riscv64"] = ("riscv64-linux-gnu", ["-march=rv64gc", "-mabi=lp64d"]),
        ["s390x"] = ("s390x-linux-gnu", []),
        ["ppc64le"] = ("powerpc64le-linux-gnu", []),
    };

    private readonly HashSet<string> _expressions = [];
    private readonly HashSet<string> _bitFields = [];
    private CrossAnswers? _answers;

    private ArchitectureRecord() { }

    /// <summary>The headers that are recorded.</summary>
    public static HeaderSet Headers { get; } = new(["linux/kvm.h", "asm/kvm.h"]);

    /// <summary>How a machine's headers are read.</summary>
    /// <param name="architecture">The machine, as specs name it.</param>
    /// <param name="folders">Folders with linux/kvm.h and that machine's asm/kvm.h.</param>
    public static ClangTarget TargetOf(string architecture, IReadOnlyList<string> folders) =>
        s_machines.TryGetValue(architecture, out var machine)
            ? new(machine.Triple, folders, s_kernelTerms)
            : throw new InputException(
                $"'{architecture}' is none of the machines that there are compilers for: {string.Join(", ", s_machines.Keys)}."
            );

    /// <summary>Makes it.</summary>
    /// <param name="architecture">The machine, as specs name it.</param>
    /// <param name="kernel">What the file says of which kernel it is.</param>
    /// <param name="compiler">gcc's program cc1 for that machine.</param>
    /// <param name="folders">Folders with linux/kvm.h and that machine's asm/kvm.h.</param>
    public static JsonObject Of(string architecture, string kernel, string compiler, IReadOnlyList<string> folders)
    {
        var target = TargetOf(architecture, folders);
        var header = HeaderReader.Read(Headers, target);
        var gcc = new CrossCompiler(
            compiler,
            [
                .. s_machines[architecture].Options,
                "-nostdinc",
                .. folders.SelectMany(static folder => new[] { "-isystem", folder }),
                .. s_kernelTerms.Select(static term => "-D" + term),
            ]
        );
        var record = new ArchitectureRecord();
        // Once for the questions, and once for the answers.
        record.Describe(kernel, header);
        record._answers = gcc.Ask(Headers.Source, [.. record._expressions], [.. record._bitFields]);
        return record.Describe(kernel, header);
    }

    private int Ask(string expression) => (int)AskNumber(expression);

    private Int128 AskNumber(string expression)
    {
        _expressions.Add(expression);
        return _answers is { } answers ? answers.Numbers[expression] : 1;
    }

    private (int Low, int Count) AskBits(string field)
    {
        _bitFields.Add(field);
        return _answers is { } answers ? answers.Bits[field] : default;
    }

    private JsonObject Describe(string kernel, CInterface header) =>
        new()
        {
            ["kernel"] = kernel,
            ["big_endian"] = AskNumber("__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__") != 0,
            ["structs"] = KvmRecord.Map(header.Records, static record => record.Tag, Struct),
            ["ioctls"] = KvmRecord.Map(header.Ioctls, static ioctl => ioctl.Name, Ioctl),
            ["other_ioctls"] = KvmRecord.OtherIoctls(header),
            ["constants"] = KvmRecord.Map(
                header.Constants.Where(static constant => constant.Text is null),
                static constant => constant.Name,
                constant => KvmRecord.Number(AskNumber(constant.Name))
            ),
            ["other_macros"] = KvmRecord.Names(
                header.Others.Where(static other => !other.IsIoctl).Select(static other => other.Name).Concat(header.MacrosWithParameters)
            ),
        };

    private JsonObject Struct(CRecord record)
    {
        var type = $"{record.Keyword} {record.Tag}";
        var members = new JsonArray();
        Add(members, type, record, "");
        return new()
        {
            ["size"] = Ask($"sizeof({type})"),
            ["align"] = Ask($"_Alignof({type})"),
            ["members"] = members,
        };
    }

    private void Add(JsonArray members, string type, CRecord record, string prefix)
    {
        foreach (var member in record.Members)
        {
            if (member.IsAnonymous)
                Add(members, type, member.Nested!, prefix);
            // Bits without a name, and the empty struct that C needs for a flexible array in a union.
            if (member.Name.Length == 0 || member.Nested is { Members.Count: 0 })
                continue;
            var path = prefix + member.Name;
            members.Add((JsonNode)Member(member, type, path));
            var isArray = member.Type.IsFlexible || member.Type.Bounds.Count > 0;
            if (member.Nested is { } nested)
                Add(members, type, nested, path + (isArray ? "[]." : "."));
        }
    }

    private JsonObject Member(CMember member, string type, string path)
    {
        // An array's first element stands for all.
        var designator = path.Replace("[]", "[0]", StringComparison.Ordinal);
        var value = $"((({type} *)0)->{designator})";
        var fact = new JsonObject { ["path"] = path };
        if (member.Bits is not null)
        {
            var (low, count) = AskBits($"{type}.{designator}");
            fact["bit"] = low;
            fact["bits"] = count;
        }
        else
        {
            fact["offset"] = Ask($"offsetof({type}, {designator})");
            fact["size"] = Ask($"sizeof({value}{(member.Type.IsFlexible ? "[0]" : "")})");
        }
        fact["type"] = member.Nested is { } nested ? $"{nested.Keyword} <anonymous>" : member.Type.Element;
        if (member.Type.Bounds.Count > 0)
            fact["dims"] = new JsonArray([.. Dimensions(value + (member.Type.IsFlexible ? "[0]" : ""), member.Type.Bounds.Count)]);
        if (member.Type.IsFlexible)
            fact["flexible"] = true;
        return fact;
    }

    private IEnumerable<JsonNode> Dimensions(string array, int count)
    {
        for (var i = 0; i < count; i++, array += "[0]")
            yield return Ask($"sizeof({array}) / sizeof({array}[0])");
    }

    private JsonObject Ioctl(CIoctl ioctl)
    {
        var direction = (Has("_IOC_READ"), Has("_IOC_WRITE")) switch
        {
            (true, true) => "read-write",
            (true, _) => "read",
            (_, true) => "write",
            _ => "none",
        };
        var fact = new JsonObject
        {
            ["value"] = KvmRecord.Number(AskNumber($"(unsigned int){ioctl.Name}")),
            ["number"] = Ask($"_IOC_NR({ioctl.Name})"),
            ["direction"] = direction,
        };
        if (ioctl.Argument is { } argument)
            fact["argument"] = argument.Spelling;
        return fact;

        // _IOC_NONE is a bit of its own on some machines.
        bool Has(string word) => AskNumber($"(_IOC_DIR({ioctl.Name}) & {word}) != 0") != 0;
    }
}
