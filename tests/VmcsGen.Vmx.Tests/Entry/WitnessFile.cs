using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Serialization;
using VmcsGen.Vmx.Entry;

namespace VmcsGen.Vmx.Tests;

/// <summary>A witness for each rule of VM entry: tests/witnesses/vm-entry.json.</summary>
internal sealed record WitnessFile
{
    private static readonly JsonSerializerOptions s_options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
    };

    /// <summary>Capability MSRs of processors, by name.</summary>
    public required SortedDictionary<string, SortedDictionary<string, string>> Processors { get; init; }

    /// <summary>Fields of VMCSs that break no rule, by name.</summary>
    public required SortedDictionary<string, SortedDictionary<string, string>> Starts { get; init; }

    public required IReadOnlyList<Witness> Witnesses { get; init; }

    /// <summary>Reads the file.</summary>
    public static WitnessFile Parse(string text) => JsonSerializer.Deserialize<WitnessFile>(text, s_options)!;

    /// <summary>The file's text.</summary>
    [JsonIgnore]
    public string Text => JsonSerializer.Serialize(this, s_options).ReplaceLineEndings("\n") + "\n";

    /// <summary>Makes witnesses of the scenes in which the tests break the rules.</summary>
    /// <param name="scenes">For each rule the scene that keeps it, the one that breaks it, and what the processor reports.</param>
    public static WitnessFile Of(
        IEnumerable<(string Rule, string[] Also, EntryScene Start, EntryScene Broken, VmEntryOutcome Outcome)> scenes
    )
    {
        var processors = new Named("processor");
        var starts = new Named("vmcs");
        var sections = VmEntryChecker.Rules.ToDictionary(static rule => rule.Name, static rule => rule.Section);
        List<Witness> witnesses = [];
        foreach (var (rule, also, start, broken, outcome) in scenes)
        {
            var before = Witness.FieldsOf(start);
            var after = Witness.FieldsOf(broken);
            var change = after.Where(field => before.GetValueOrDefault(field.Key) != field.Value);
            witnesses.Add(
                new Witness
                {
                    Rule = rule,
                    Section = sections[rule],
                    Outcome = outcome.ToString(),
                    Also = also.Length == 0 ? null : also,
                    Processor = processors.Of(Msrs(broken.Msrs)),
                    Start = starts.Of(before),
                    Change = new(change.ToDictionary(), StringComparer.Ordinal),
                    Context = Witness.ContextOf(broken.Context),
                    AbsentMsrs = Witness.AbsentMsrsOf(broken),
                    Memory = Witness.MemoryOf(broken.Memory),
                }
            );
        }
        return new()
        {
            Processors = processors.All,
            Starts = starts.All,
            Witnesses = witnesses,
        };
    }

    private static SortedDictionary<string, string> Msrs(MsrValues msrs) =>
        new(msrs.ToDictionary(static msr => $"0x{(uint)msr.Key:X}", static msr => Witness.Hex(msr.Value)), StringComparer.Ordinal);

    // Equal values have one name.
    private sealed class Named(string name)
    {
        private readonly Dictionary<string, string> _names = [];

        public SortedDictionary<string, SortedDictionary<string, string>> All { get; } = new(StringComparer.Ordinal);

        public string Of(SortedDictionary<string, string> values)
        {
            var text = string.Join(' ', values);
            if (!_names.TryGetValue(text, out var known))
            {
                known = $"{name} {_names.Count + 1:D2}";
                _names.Add(text, known);
                All.Add(known, values);
            }
            return known;
        }
    }
}
