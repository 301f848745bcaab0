using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using VmcsGen.Generators.Names;
using VmcsGen.Tool.Headers;
using VmcsGen.Tool.Import;
using VmcsGen.Tool.SpecTexts;

namespace VmcsGen.Tool.Btf;

/// <summary>A spec of structs that a kernel keeps to itself.</summary>
internal static class KernelStructs
{
    // So that they are told from what KVM gives to programs.
    private const string Prefix = "Kernel";

    /// <summary>The structs, as the rules of C lay them out.</summary>
    /// <param name="types">The kernel's types.</param>
    /// <param name="tags">Which structs.</param>
    /// <param name="withHeld">Whether structs that they hold are described too.</param>
    /// <param name="without">Structs that stay bytes all the same.</param>
    public static IReadOnlyList<CRecord> Of(BtfTypes types, IReadOnlyList<string> tags, bool withHeld, IReadOnlyList<string> without)
    {
        var all = new BtfRecordReader(types, new HashSet<string>());
        var described = tags.ToHashSet(StringComparer.Ordinal);
        if (withHeld)
            described.UnionWith(tags.SelectMany(all.Held).Except(without));
        var reader = new BtfRecordReader(types, described);
        var alignments = new Dictionary<string, int>();
        var fitted = new Dictionary<string, CRecord>();
        foreach (var tag in described.Order(StringComparer.Ordinal))
            Fit(tag);
        return [.. tags.Concat(described.Except(tags).Order(StringComparer.Ordinal)).Distinct().Select(tag => fitted[tag])];

        // What a struct holds is aligned before it.
        void Fit(string tag)
        {
            if (fitted.ContainsKey(tag))
                return;
            foreach (var held in all.Held(tag).Where(held => held != tag && described.Contains(held)).Distinct())
                Fit(held);
            fitted[tag] = new LayoutFit(alignments).Fit(reader.Read(tag));
            alignments[tag] = fitted[tag].Align;
        }
    }

    /// <summary>The text of the spec.</summary>
    /// <param name="source">Where the facts come from.</param>
    /// <param name="records">The structs.</param>
    /// <param name="isPublic">Whether their types are public.</param>
    public static string Text(string source, IReadOnlyList<CRecord> records, bool isPublic)
    {
        var text = new StringBuilder();
        text.Append("kind: kvm-structs\n");
        if (isPublic)
            text.Append("visibility: public\n");
        text.Append("source: ").Append(YamlText.Value(source)).Append("\nstructs:\n");
        foreach (var record in records)
            text.AppendJoin('\n', RecordText.Struct(record, NewFiles.Indent, Prefix + CSharpNames.Pascal(record.Tag))).Append('\n');
        return text.ToString();
    }
}
