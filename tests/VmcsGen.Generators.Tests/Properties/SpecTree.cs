using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using CsCheck;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace VmcsGen.Generators.Tests.Properties;

/// <summary>Mutations that know what a spec is made of: what they give is YAML, and most of it looks like a spec.</summary>
internal static class SpecTree
{
    private static readonly string[] Scalars =
    [
        "0",
        "1",
        "63",
        "64",
        "255",
        "0xFFFFFFFF",
        "18446744073709551615",
        "-1",
        "true",
        "false",
        "''",
        "'1'",
        "0-63",
        "63-0",
        "~",
        "[]",
        "{}",
        "x",
        "AcmeFirst",
        "class",
        "Value",
        "All",
        "__u64",
        "'__u8[1048576]'",
        "'struct kvm_regs[]'",
        "struct own_kvm_regs",
        "void *",
        "'__u8[0]'",
        "'__u8[][6]'",
        "'__u16[ACME_NAME]'",
        "union acme_value",
        "enum acme",
        "__be32",
        "__u128",
        "bool",
        "long long",
        "(1 << 3) | ACME_2",
        "~0",
        "-5",
        "0100",
        "ACME_NAME",
        "all-bytes",
        "GuestRip",
        "EnableEpt",
        "KvmRegs",
        "ref",
        "value",
        "public",
        "Acme.X",
        "ulong",
    ];

    public static string Mutate(string text, PCG random)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        var root = stream.Documents[0].RootNode;
        for (var n = 1 + Next(random, 3); n > 0; n--)
            Change(root, random);
        var written = new StringBuilder();
        Write(written, root, 0);
        return written.ToString();
    }

    private static void Change(YamlNode root, PCG random)
    {
        var holders = root
            .AllNodes.Where(static n => n is YamlMappingNode { Children.Count: > 0 } or YamlSequenceNode { Children.Count: > 0 })
            .ToArray();
        if (holders.Length == 0)
            return;
        var holder = holders[Next(random, holders.Length)];
        if (holder is YamlSequenceNode list)
            ChangeList(list, random);
        else
            ChangeMap((YamlMappingNode)holder, holders, random);
    }

    private static void ChangeList(YamlSequenceNode list, PCG random)
    {
        var at = Next(random, list.Children.Count);
        switch (Next(random, 4))
        {
            case 0:
                list.Children.RemoveAt(at);
                break;
            case 1:
                list.Children.Insert(at, list.Children[at]);
                break;
            case 2:
                list.Children[at] = Scalar(random);
                break;
            default:
                var other = Next(random, list.Children.Count);
                (list.Children[at], list.Children[other]) = (list.Children[other], list.Children[at]);
                break;
        }
    }

    private static void ChangeMap(YamlMappingNode map, YamlNode[] holders, PCG random)
    {
        var key = map.Children.Keys.ElementAt(Next(random, map.Children.Count));
        switch (Next(random, 6))
        {
            case 0:
                map.Children.Remove(key);
                break;
            case 1:
                map.Children[key] = Scalar(random);
                break;
            case 2:
                var renamed = new YamlScalarNode($"{key}{(char)('a' + Next(random, 26))}");
                map.Children[renamed] = map.Children[key];
                map.Children.Remove(key);
                break;
            case 3 when holders.OfType<YamlMappingNode>().ElementAtOrDefault(Next(random, holders.Length)) is { } source:
                // A key with its value from elsewhere; a node that would hold itself is not taken.
                var (taken, value) = source.Children.ElementAt(Next(random, source.Children.Count));
                if (value is YamlScalarNode)
                    map.Children[taken] = value;
                break;
            case 4:
                map.Children[key] = new YamlSequenceNode(map.Children[key], map.Children[key]);
                break;
            default:
                map.Children[key] = new YamlMappingNode(new YamlScalarNode("name"), map.Children[key]);
                break;
        }
    }

    private static YamlScalarNode Scalar(PCG random) => new(Scalars[Next(random, Scalars.Length)]) { Style = ScalarStyle.Literal };

    // Flow style throughout; what a mutation put in is written as it stands.
    private static void Write(StringBuilder text, YamlNode node, int depth)
    {
        switch (node)
        {
            case YamlMappingNode map:
                WriteAll(
                    text,
                    depth == 0 ? "\n" : ", ",
                    depth == 0 ? "" : "{ ",
                    depth == 0 ? "\n" : " }",
                    map.Children,
                    pair =>
                    {
                        Write(text, pair.Key, depth + 1);
                        text.Append(": ");
                        Write(text, pair.Value, depth + 1);
                    }
                );
                break;
            case YamlSequenceNode list:
                WriteAll(text, depth == 1 ? ",\n  " : ", ", "[", "]", list.Children, item => Write(text, item, depth + 1));
                break;
            case YamlScalarNode { Style: ScalarStyle.Plain or ScalarStyle.Literal } plain
                when plain.Style == ScalarStyle.Literal
                    || plain.Value!.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.'):
                text.Append(plain.Value);
                break;
            default:
                text.Append('\'')
                    .Append(((YamlScalarNode)node).Value!.Replace("'", "''", System.StringComparison.Ordinal).ReplaceLineEndings(" "))
                    .Append('\'');
                break;
        }
    }

    private static void WriteAll<T>(
        StringBuilder text,
        string separator,
        string open,
        string close,
        IEnumerable<T> items,
        System.Action<T> write
    )
    {
        text.Append(open);
        var isFirst = true;
        foreach (var item in items)
        {
            if (!isFirst)
                text.Append(separator);
            isFirst = false;
            write(item);
        }
        text.Append(close);
    }

    private static int Next(PCG random, int count) => (int)random.Next((uint)count);
}
