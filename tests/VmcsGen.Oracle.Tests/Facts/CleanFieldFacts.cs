using System.Collections.Generic;
using System.Linq;
using System.Text.Json;

namespace VmcsGen.Oracle.Tests.Facts;

/// <summary>The groups of fields whose changes an enlightened VMCS tells.</summary>
internal static class CleanFieldFacts
{
    private static readonly JsonElement Root = FactsFile.Read("evmcs.json");

    /// <summary>The bit of each group; null for the fields that belong to none.</summary>
    public static IReadOnlyDictionary<string, int?> Groups { get; } =
        Root.GetProperty("clean_groups")
            .EnumerateObject()
            .ToDictionary(static g => g.Name, static g => g.Value.GetProperty("bit").Deserialize<int?>());

    /// <summary>The bits among the clean fields that a write to each field clears, by the field's encoding.</summary>
    public static IReadOnlyDictionary<uint, uint> Masks { get; } =
        Root.GetProperty("fields")
            .EnumerateArray()
            .Where(static f => f.TryGetProperty("encodings", out _))
            .SelectMany(static f => f.GetProperty("encodings").EnumerateArray())
            .Concat(Root.GetProperty("members_with_encoding_known_but_not_mapped_by_linux").EnumerateArray())
            .ToDictionary(
                static f => Hex.Parse(f.GetProperty("encoding").GetString()!),
                static f => Mask(f.GetProperty("clean_group").GetString())
            );

    // Where no group is known, as of the CR3-target values, a write must count as a change of all: anything less may go unseen.
    private static uint Mask(string? group) =>
        group is null or "ALL" ? Hex.Parse(Root.GetProperty("clean_field_all_mask").GetString()!)
        : Groups[group] is { } bit ? 1u << bit
        : 0;
}
