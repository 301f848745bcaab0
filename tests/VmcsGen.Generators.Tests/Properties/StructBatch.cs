using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using CsCheck;

namespace VmcsGen.Generators.Tests.Properties;

/// <summary>
/// Two hundred random structs and their layout by gcc: a line for each struct (name, size, alignment) and each member (path,
/// first bit, number of bits).
/// </summary>
internal static class StructBatch
{
    /// <summary>Makes the batch; another one gives other structs.</summary>
    public const ulong Seed = 20240611;

    public static IReadOnlyList<StructTree> Structs { get; } = StructTree.Batch(200).Generate(new PCG(1, Seed), null, out _);

    private static readonly Lazy<IReadOnlyList<string>> Lines = new(static () =>
        Gcc.Run(Program()).Split('\n', StringSplitOptions.RemoveEmptyEntries)
    );

    /// <summary>What gcc says. Without gcc, the test is skipped or fails.</summary>
    public static IReadOnlyList<string> ByGcc => Lines.Value;

    /// <summary>The size that gcc gives to each struct.</summary>
    public static Dictionary<string, int> SizesByGcc =>
        ByGcc
            .Select(static line => line.Split(' '))
            .Where(static parts => !parts[0].Contains('.', StringComparison.Ordinal))
            .ToDictionary(static parts => parts[0], static parts => int.Parse(parts[1], CultureInfo.InvariantCulture));

    private static string Program()
    {
        var program = new StringBuilder(
            """
            #include <stddef.h>
            #include <stdio.h>
            #include <stdbool.h>
            #include <stdint.h>
            #include <string.h>
            #include <linux/types.h>
            typedef unsigned __int128 u128;
            #define __u128 u128
            enum kind { KIND_A, KIND_B };

            static void bits(const char *path, const unsigned char *bytes, size_t size)
            {
                int first = -1, count = 0;
                for (size_t bit = 0; bit < size * 8; bit++)
                    if (bytes[bit / 8] >> (bit % 8) & 1) { if (first < 0) first = bit; count++; }
                printf("%s %d %d\n", path, first, count);
            }

            """
        );
        foreach (var tree in Structs)
            program.Append(tree.C);
        program.Append("int main(void)\n{\n");
        foreach (var tree in Structs)
        {
            program.Append(
                CultureInfo.InvariantCulture,
                $"    printf(\"{tree.Name} %zu %zu\\n\", sizeof({tree.Type}), _Alignof({tree.Type}));\n"
            );
            foreach (var (path, member) in tree.Leaves)
            {
                var at = $"{tree.Name}.{path}";
                program.Append(
                    member.Width > 0
                        ? $"    {{ {tree.Type} v; memset(&v, 0, sizeof v); v.{path} = -1; bits(\"{at}\", (unsigned char *)&v, sizeof v); }}\n"
                        : $"    printf(\"{at} %zu %zu\\n\", offsetof({tree.Type}, {path}) * 8, {(member.IsFlexible ? "(size_t)0" : $"sizeof((({tree.Type} *)0)->{path})")} * 8);\n"
                );
            }
        }
        return program.Append("    return 0;\n}\n").ToString();
    }
}
