using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json;

namespace VmcsGen.Oracle.Tests.Facts;

/// <summary>A VMCS in memory: its members, and where a field is found by its encoding.</summary>
internal sealed record LayoutFacts(IReadOnlyList<LayoutMemberFact> Fields)
{
    /// <summary>Members that are not padding.</summary>
    public IReadOnlyList<LayoutMemberFact> Members => [.. Fields.Where(static f => !f.IsPadding)];

    /// <summary>Each encoding that the layout stores, high halves included.</summary>
    public IReadOnlyDictionary<uint, StoredField> Encodings => Fields.SelectMany(static f => f.Stored).ToDictionary(static s => s.Encoding);

    public static LayoutFacts ReadVmcs12(string version) =>
        FactsFile.Read<Dictionary<string, JsonElement>>("vmcs12.json")[version].Deserialize<LayoutFacts>(FactsFile.Options)!;

    /// <summary>The enlightened VMCS, with the fields that it stores although Linux does not look them up by encoding.</summary>
    public static LayoutFacts ReadEnlightenedVmcs()
    {
        var facts = FactsFile.Read<EnlightenedFacts>("evmcs.json");
        var unmapped = facts.MembersWithEncodingKnownButNotMappedByLinux.ToDictionary(static m => m.EvmcsField, static m => m.Encoding);
        return new([.. facts.Fields.Select(f => unmapped.TryGetValue(f.Name, out var e) ? f with { Encodings = [new(e, null)] } : f)]);
    }

    private sealed record EnlightenedFacts(
        IReadOnlyList<LayoutMemberFact> Fields,
        IReadOnlyList<UnmappedFact> MembersWithEncodingKnownButNotMappedByLinux
    );

    private sealed record UnmappedFact(string EvmcsField, string Encoding);
}

/// <summary>A member of a layout.</summary>
internal sealed record LayoutMemberFact(string Name, int Offset, int Size, IReadOnlyList<LayoutEncodingFact>? Encodings)
{
    /// <summary>Padding by its name; vmcs12 also keeps the place of the CR3-target values, which it no longer stores.</summary>
    public bool IsPadding => Name.StartsWith("padding", StringComparison.Ordinal) || Name == "dead_space";

    /// <summary>The field's encoding, without that of its high half.</summary>
    public uint? Encoding => Encodings is { Count: > 0 } ? Hex.Parse(Encodings[0].Encoding) : null;

    /// <summary>The encodings that reach the member: the high half of a 64-bit field is its upper four bytes.</summary>
    public IEnumerable<StoredField> Stored
    {
        get
        {
            if (Encoding is not { } encoding)
                yield break;
            yield return new(encoding, Offset, Size);
            if ((encoding >> 13 & 3) == 1)
                yield return new(encoding | 1, Offset + 4, 4);
        }
    }
}

/// <summary>An encoding of a member, and the bytes that it starts at where the facts say so.</summary>
internal sealed record LayoutEncodingFact(string Encoding, int? Offset);

/// <summary>The bytes that an encoding reaches.</summary>
internal readonly record struct StoredField(uint Encoding, int Offset, int Size)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Size} bytes at {Offset}");
}
