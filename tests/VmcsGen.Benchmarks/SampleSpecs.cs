using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using VmcsGen.Testing;

namespace VmcsGen.Benchmarks;

/// <summary>Specs of any length, of the kinds that users write.</summary>
internal static class SampleSpecs
{
    // No built-in field has so high an index.
    private const int FirstFreeIndex = 0x100;

    /// <summary>The most fields that <see cref="Fields"/> can make: what is left of the indices, for each width and type.</summary>
    public const int MostFields = (0x200 - FirstFreeIndex) * 16;

    private const int MembersPerStruct = 20;

    /// <summary>VMCS fields, three lines each.</summary>
    public static SpecText Fields(string path, int count, int first = 0)
    {
        var text = new StringBuilder("kind: vmcs-fields\nfields:\n");
        foreach (var n in Enumerable.Range(first, count))
        {
            var encoding = ((FirstFreeIndex + n / 16) << 1) | ((n & 3) << 10) | ((n >> 2 & 3) << 13);
            text.Append($"  - name: AcmeField{n}\n    encoding: 0x{encoding:X4}\n    doc: Field {n} of the unit.\n");
        }
        return new(path, text.ToString());
    }

    /// <summary>Structs of twenty members, a line for each member.</summary>
    public static SpecText Structs(string path, int members, string name = "acme")
    {
        var text = new StringBuilder("kind: kvm-structs\nstructs:\n");
        for (var done = 0; done < members; done += MembersPerStruct)
        {
            var count = Math.Min(MembersPerStruct, members - done);
            text.Append($"  - name: {name}_part_{done}\n    size: {8 * count}\n    doc: Part {done}.\n    members:\n");
            for (var n = 0; n < count; n++)
                text.Append($"      - {{ name: value_{n}, type: __u64, doc: Value {n}. }}\n");
        }
        return new(path, text.ToString());
    }

    /// <summary>Enums of one value, so many in each spec.</summary>
    public static IReadOnlyList<SpecText> Enums(int count, int inOne) =>
        [
            .. Enumerable
                .Range(0, count)
                .Chunk(inOne)
                .Select(static part => new SpecText(
                    $"specs/enums{part[0]}.vmcs.yaml",
                    "kind: enums\nenums:\n"
                        + string.Concat(
                            part.Select(static n => $"  - {{ name: AcmeMode{n}, size: 8, values: [{{ value: 0, name: None }}] }}\n")
                        )
                )),
        ];

    /// <summary>A project with ten specs of some 600 lines.</summary>
    public static IReadOnlyList<SpecText> Project() =>
        [
            .. Enumerable.Range(0, 5).Select(static n => Fields($"specs/fields{n}.vmcs.yaml", 200, 200 * n)),
            .. Enumerable.Range(0, 5).Select(static n => Structs($"specs/structs{n}.vmcs.yaml", 500, $"acme{n}")),
        ];
}
