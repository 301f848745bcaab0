using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Oracle.Tests.Generated;
using VmcsGen.Oracle.Tests.Support;
using VmcsGen.Vmx;

namespace VmcsGen.Oracle.Tests.Vmx;

/// <summary>Generated control words against recorded ones.</summary>
internal static class ControlComparison
{
    /// <summary>The recorded groups of controls, and the bit-fields that stand for them.</summary>
    public static IReadOnlyList<(string Group, string Type)> Groups { get; } =
    [
        ("pin_based", nameof(PinBasedControls)),
        ("primary_proc_based", nameof(PrimaryProcessorBasedControls)),
        ("secondary_proc_based", nameof(SecondaryProcessorBasedControls)),
        ("tertiary_proc_based", nameof(TertiaryProcessorBasedControls)),
        ("vm_exit", nameof(PrimaryVmExitControls)),
        ("secondary_vm_exit", nameof(SecondaryVmExitControls)),
        ("vm_entry", nameof(VmEntryControls)),
        ("vm_functions", nameof(VmFunctionControls)),
    ];

    /// <summary>Controls that the SDM has and the recorded sources only recall.</summary>
    public static (string Item, string Reason)[] Unverified { get; } =
    [("SecondaryProcessorBasedControls.PasidTranslation", "recorded as recalled and not verified")];

    /// <returns>How many controls were compared.</returns>
    public static int CompareBits(GeneratedVmx generated, Differences differences)
    {
        var controls = 0;
        foreach (var (group, type) in Groups)
        {
            var facts = VmxFacts.Parts($"controls/{group}/bits");
            PartComparison.Compare(facts, generated.BitFields[type], new(""), differences);
            controls += facts.Count;
        }
        return controls;
    }

    /// <summary>The VMCS fields that hold control words.</summary>
    public static void CompareFields(GeneratedVmx generated, Differences differences)
    {
        foreach (var (group, type) in Groups)
        {
            var facts = VmxFacts.At($"controls/{group}");
            var field = generated.Fields[Hex.Parse(facts.GetProperty("vmcs_encoding").GetString()!)];
            differences.Check(group, "type of the field", type, field.Property?.PropertyType.Name);
            differences.Check(group, "width", facts.GetProperty("width").GetInt32(), generated.BitFields[type].SizeInBits);
        }
    }

    /// <summary>The MSRs that the spec of the control words says report their allowed settings, and what activates them.</summary>
    public static void CompareMsrs(GeneratedVmx generated, JsonElement words, Differences differences)
    {
        var specs = words.GetProperty("bitfields").EnumerateArray().ToDictionary(static b => b.GetProperty("name").GetString()!);
        var types = Groups.ToDictionary(static g => g.Group, static g => g.Type);
        var msrs = generated.ValuesOf(nameof(VmxMsr)).ToDictionary(static v => v.Name, static v => $"0x{v.Value:x}");
        foreach (var (group, type) in Groups)
        {
            var facts = VmxFacts.At($"controls/{group}");
            differences.Check(group, "capability MSR", Fact("capability_msr"), Spec("capability"));
            differences.Check(group, "TRUE capability MSR", Fact("true_capability_msr"), Spec("true-capability"));
            differences.Check(group, "activated by", ActivatedBy(facts), Text("activated-by"));

            string? Fact(string key) => facts.GetProperty(key).GetString();

            string? Spec(string key) => Text(key) is { } name ? msrs[name] : null;

            string? Text(string key) => specs[type].TryGetProperty(key, out var name) ? name.GetString() : null;
        }

        // The generated name of the control that the facts tell by word and bit.
        string? ActivatedBy(JsonElement facts)
        {
            if (!facts.TryGetProperty("activated_by", out var control))
                return null;
            var word = types[control.GetProperty("word").GetString()!];
            var bit = control.GetProperty("bit").GetInt32();
            return $"{word}.{generated.BitFields[word].Parts.Values.FirstOrDefault(part => part.Low == bit).Name}";
        }
    }
}
