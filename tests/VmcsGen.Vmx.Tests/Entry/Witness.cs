using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Reflection;
using System.Text.Json.Serialization;
using VmcsGen.Vmx.Entry;

namespace VmcsGen.Vmx.Tests;

/// <summary>A VMCS that breaks one rule of VM entry and no other, as data for any program.</summary>
internal sealed record Witness
{
    private const int Word = sizeof(ulong);

    // What a program can know of a processor without code of this project.
    private static readonly PropertyInfo[] s_context =
    [
        .. typeof(VmEntryContext)
            .GetProperties(BindingFlags.Instance | BindingFlags.Public)
            .Where(static property =>
                property.PropertyType == typeof(int)
                || property.PropertyType == typeof(bool)
                || property.PropertyType == typeof(ulong)
                || property.PropertyType == typeof(ulong?)
            ),
    ];

    public required string Rule { get; init; }

    /// <summary>Where the rule stands.</summary>
    public required string Section { get; init; }

    /// <summary>What VMLAUNCH gives.</summary>
    public required string Outcome { get; init; }

    /// <summary>Other rules that cannot be kept while this one is broken.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string[]? Also { get; init; }

    /// <summary>The capability MSRs of the processor, by a name for them.</summary>
    public required string Processor { get; init; }

    /// <summary>The VMCS that breaks no rule, by a name for it.</summary>
    public required string Start { get; init; }

    /// <summary>What is written to it to break the rule, by the encoding of the field.</summary>
    public required SortedDictionary<string, string> Change { get; init; }

    /// <summary>What VM entry depends on besides, before and after the change where it is not the same.</summary>
    public required SortedDictionary<string, string> Context { get; init; }

    /// <summary>MSRs that the processor has not and that an MSR area names.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string[]? AbsentMsrs { get; init; }

    /// <summary>Words of memory that are not 0, by address.</summary>
    public required SortedDictionary<string, string> Memory { get; init; }

    public static string Hex(ulong value) => $"0x{value:X}";

    public static ulong Number(string text) => ulong.Parse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    /// <summary>The fields of a scene, by encoding.</summary>
    public static SortedDictionary<string, string> FieldsOf(EntryScene scene) =>
        new(
            scene.Vmcs.Access.Values.ToDictionary(static field => $"0x{(uint)field.Key:X4}", static field => Hex(field.Value)),
            StringComparer.Ordinal
        );

    /// <summary>What a scene's context says that can be said by numbers.</summary>
    public static SortedDictionary<string, string> ContextOf(VmEntryContext context)
    {
        var plain = new VmEntryContext { PhysicalAddressWidth = 0 };
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var property in s_context)
        {
            if (property.GetValue(context) is { } value && !value.Equals(property.GetValue(plain)))
                values.Add(property.Name, value is ulong bits ? Hex(bits) : Convert.ToString(value, CultureInfo.InvariantCulture)!);
        }
        return values;
    }

    /// <summary>The words of a scene's memory that are not 0.</summary>
    public static SortedDictionary<string, string> MemoryOf(TestMemory memory)
    {
        var words = new SortedDictionary<string, string>(StringComparer.Ordinal);
        Span<byte> bytes = stackalloc byte[Word];
        for (var address = 0UL; memory.Contains(address, Word); address += Word)
        {
            memory.Read(address, bytes);
            if (BitConverter.ToUInt64(bytes) is var word and not 0)
                words.Add($"0x{address:X5}", Hex(word));
        }
        return words;
    }

    /// <summary>MSRs that a scene's processor has not and that a word of its memory may name.</summary>
    public static string[]? AbsentMsrsOf(EntryScene scene) =>
        scene.Context.HasMsr is { } has
            ?
            [
                .. MemoryOf(scene.Memory)
                    .Values.Select(static word => (uint)Number(word))
                    .Where(msr => !has(msr))
                    .Distinct()
                    .Select(static msr => Hex(msr)),
            ]
            : null;

    /// <summary>The context that the data tells.</summary>
    public VmEntryContext ReadContext()
    {
        var absent = (AbsentMsrs ?? []).Select(Number).ToHashSet();
        var context = new VmEntryContext
        {
            PhysicalAddressWidth = 0,
            Memory = ReadMemory(),
            HasMsr = AbsentMsrs is null ? null : msr => !absent.Contains(msr),
        };
        foreach (var (name, text) in Context)
        {
            var property = s_context.Single(property => property.Name == name);
            object value =
                property.PropertyType == typeof(bool) ? bool.Parse(text)
                : property.PropertyType == typeof(int) ? int.Parse(text, CultureInfo.InvariantCulture)
                : Number(text);
            property.SetValue(context, value);
        }
        return context;
    }

    private TestMemory ReadMemory()
    {
        var memory = new TestMemory();
        foreach (var (address, word) in Memory)
            memory.Write(Number(address), Number(word));
        return memory;
    }
}
