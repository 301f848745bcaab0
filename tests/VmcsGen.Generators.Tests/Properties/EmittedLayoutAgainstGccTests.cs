using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Text;
using Microsoft.CodeAnalysis;
using VmcsGen.Generators.Names;
using VmcsGen.Generators.Tests.Testing;
using VmcsGen.Kvm.Interop;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Properties;

/// <summary>The emitted structs, compiled and loaded, lie in memory as a C compiler lays them out.</summary>
public class EmittedLayoutAgainstGccTests
{
    private const string Helpers = """
        using System;
        using System.Runtime.CompilerServices;
        using System.Runtime.InteropServices;
        using System.Text;
        using VmcsGen.Kvm.Interop;
        namespace Acme;

        public static class Probe
        {
            private static readonly StringBuilder Lines = new();

            private static void Struct<T>(string name) => Lines.Append($"{name} {Unsafe.SizeOf<T>()}\n");

            private static void Field<T, TField>(string path, ref T start, ref TField field) =>
                Lines.Append($"{path} {Unsafe.ByteOffset(ref Unsafe.As<T, byte>(ref start), ref Unsafe.As<TField, byte>(ref field)) * 8} {Unsafe.SizeOf<TField>() * 8}\n");

            private static void Flexible(string path, int offset) => Lines.Append($"{path} {offset * 8} 0\n");

            private static int Offset<T, TEntry>() where T : VmcsGen.Kvm.Interop.IKvmFlexible<TEntry> where TEntry : unmanaged => T.EntriesOffset;

            // In zeros, only the part is set; in ones, only the part is clear.
            private static void Bits<T>(string path, ref T zeros, ref T ones, bool isRead) where T : unmanaged
            {
                int first = -1, count = 0;
                var set = MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref zeros, 1));
                var clear = MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref ones, 1));
                for (var bit = 0; bit < set.Length * 8; bit++)
                {
                    isRead &= (set[bit / 8] ^ clear[bit / 8]) == 0xFF;
                    if ((set[bit / 8] >> (bit % 8) & 1) == 0)
                        continue;
                    if (first < 0)
                        first = bit;
                    count++;
                }
                Lines.Append($"{path} {first} {count}{(isRead ? "" : ", but it reads another value or touches other bits")}\n");
            }

            private static T Ones<T>() where T : unmanaged
            {
                var value = default(T);
                MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref value, 1)).Fill(0xFF);
                return value;
            }

            public static string Run()
            {
                PROBES
                return Lines.ToString();
            }

        """;

    [Fact]
    public void Sizes_offsets_and_bits_are_those_of_gcc()
    {
        var sizes = StructBatch.SizesByGcc;
        var run = GeneratorRun.Of(
            new SpecText(
                "acme.vmcs.yaml",
                "kind: kvm-structs\nvisibility: public\nstructs:\n" + string.Concat(StructBatch.Structs.Select(s => s.Yaml(sizes[s.Name])))
            )
        );
        Assert.True(run.Diagnostics.Count == 0, $"Seed {StructBatch.Seed}: {string.Join('\n', run.Diagnostics.Take(5))}");
        var consumer = run.Compile(RuntimeAssemblies.References, Source());
        Assert.True(consumer.Errors.Count == 0, string.Join('\n', consumer.Errors.Take(5)));
        var output = (string)consumer.Load().GetType("Acme.Probe")!.GetMethod("Run")!.Invoke(null, null)!;
        var emitted = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var wrong = StructBatch
            .ByGcc.Select(WithoutAlignment)
            .Zip(emitted)
            .Where(static pair => pair.First != pair.Second)
            .Select(static pair => $"gcc: {pair.First}, emitted: {pair.Second}")
            .ToArray();
        Assert.True(wrong.Length == 0, $"Seed {StructBatch.Seed}: {wrong.Length} differences.\n{string.Join('\n', wrong.Take(5))}");
        Assert.Equal(StructBatch.ByGcc.Count, emitted.Length);
    }

    private static string WithoutAlignment(string line) =>
        line.Contains('.', StringComparison.Ordinal) ? line : line[..line.LastIndexOf(' ')];

    // A method for each struct: one method with all of them would be slow to compile.
    private static string Source()
    {
        var calls = new StringBuilder();
        var methods = new StringBuilder();
        foreach (var tree in StructBatch.Structs)
        {
            var type = CSharpNames.Pascal(tree.Name);
            calls.Append($"{type}();");
            methods.Append($"    private static void {type}()\n    {{\n        Struct<{type}>(\"{tree.Name}\");\n");
            foreach (var (path, member) in tree.Leaves)
                methods.Append($"        {{ {type} v = default; {Probe(type, tree.Name, path, member)} }}\n");
            methods.Append("    }\n");
        }
        return Helpers.Replace("PROBES", calls.ToString(), StringComparison.Ordinal) + methods + "}\n";
    }

    private static string Probe(string type, string name, string path, TreeMember member)
    {
        var csharp = "v." + string.Join('.', path.Split('.').Select(static p => char.ToUpperInvariant(p[0]) + p[1..]));
        var element = member.Type switch
        {
            "char" when member.Width > 0 => "sbyte",
            "__u8" or "char" => "byte",
            "__s8" or "signed char" => "sbyte",
            "__u16" or "__le16" or "unsigned short int" => "ushort",
            "__be16" => "BigEndian<ushort>",
            "__s16" or "short" => "short",
            "__u32" or "unsigned int" or "uint32_t" or "__le32" or "enum kind" or "const __u32" => "uint",
            "__be32" => "BigEndian<uint>",
            "__s32" or "int" => "int",
            "__u64" or "unsigned long long" or "__aligned_u64" => "ulong",
            "__be64" => "BigEndian<ulong>",
            "__s64" or "long long" => "long",
            "__u128" => "UInt128",
            "long" => "nint",
            _ => "nuint",
        };
        var isSigned = element is "sbyte" or "short" or "int" or "long" or "nint";
        var largest =
            member.IsFlag || member.Type == "bool" ? "true"
            : isSigned || member.Width == 0 ? $"unchecked(({element}){(isSigned ? "" : "(ulong)")}(-1))"
            : $"unchecked(({element})0x{(member.Width == 64 ? ulong.MaxValue : (1UL << member.Width) - 1):X})";
        var none = largest == "true" ? "false" : "0";
        return member switch
        {
            { IsFlexible: true } => $"Flexible(\"{name}.{path}\", Offset<{type}, {Row(type, path, member.Bounds) ?? element}>());",
            // A whole member is written as well: it may lie at any address.
            { Width: > 0 }
            or { Bounds: "", Members.Count: 0, Type: not ("bool" or "__u128") }
                when !member.Type.StartsWith("struct s", StringComparison.Ordinal)
                    && !member.Type.StartsWith("union ", StringComparison.Ordinal) =>
                $"var w = Ones<{type}>(); {csharp} = {largest}; w{csharp[1..]} = {none}; Bits(\"{name}.{path}\", ref v, ref w, {csharp} == {largest} && w{csharp[1..]} == {none});",
            _ => $"Field(\"{name}.{path}\", ref v, ref {csharp});",
        };
    }

    // The elements of a flexible array of arrays have a type of their own.
    private static string? Row(string type, string path, string bounds) =>
        bounds is "[]" or "[0]" ? null : $"{type}.{char.ToUpperInvariant(path[0])}{path[1..]}Row";
}
