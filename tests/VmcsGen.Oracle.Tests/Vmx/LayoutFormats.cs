using System.Globalization;
using System.Linq;
using System.Text.Json;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Oracle.Tests.Generated;
using VmcsGen.Oracle.Tests.Support;
using VmcsGen.Vmx;

namespace VmcsGen.Oracle.Tests.Vmx;

/// <summary>Sizes, revision and bit-fields of the layouts against recorded ones.</summary>
internal static class LayoutFormats
{
    /// <summary>What the recorded virtualization-exception area calls otherwise.</summary>
    public static (string Item, string Reason)[] BusyFlag { get; } =
    [("busy_flag", "has the name that the kernel gives it: delivery"), ("delivery", "is recorded as busy_flag")];

    public static void CompareVirtualizationException(GeneratedVmx generated, Differences differences)
    {
        var facts = VmxFacts.At("ve_information_area").Deserialize<LayoutFacts>(FactsFile.Options)!;
        var layout = generated.Layouts[nameof(VirtualizationExceptionInformation)];
        LayoutComparison.Compare(facts, layout, differences);
        LayoutComparison.CompareBack(facts, layout, differences);
        var (flag, delivery) = (facts.Fields.Single(static f => f.Name == "busy_flag"), layout.Members["delivery"]);
        differences.Check("delivery of the exception", "place", (flag.Offset, flag.Size), (delivery.Offset, delivery.Size));
    }

    public static void CompareFirstWord(GeneratedVmx generated, Differences differences)
    {
        var facts = FactsFile.Read("vmcs12.json").GetProperty("header");
        var bits = facts.GetProperty("revision_id_bits").GetString()!.Split(':');
        var shadow = facts.GetProperty("shadow_vmcs_bit").GetInt32();
        PartComparison.Compare(
            [new("revision_identifier", Number(bits[1]), Number(bits[0]), null), new("shadow_vmcs_indicator", shadow, shadow, null)],
            generated.BitFields[nameof(VmcsRevision)],
            new(""),
            differences
        );

        static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
    }

    /// <returns>How many groups of fields were compared.</returns>
    public static int CompareCleanFields(GeneratedVmx generated, Differences differences)
    {
        var facts = CleanFieldFacts
            .Groups.Where(static g => g.Value is not null)
            .Select(static g => new PartFact(g.Key, g.Value!.Value, g.Value.Value, "HV_VMX_ENLIGHTENED_CLEAN_FIELD_" + g.Key))
            .ToArray();
        PartComparison.Compare(facts, generated.BitFields[nameof(EnlightenedVmcsCleanFields)], new(""), differences);
        return facts.Length;
    }

    public static void CompareSizes(GeneratedVmx generated, Differences differences)
    {
        var vmcs12 = FactsFile.Read("vmcs12.json");
        Compare(nameof(Vmcs12), vmcs12.GetProperty("VMCS12_SIZE").GetInt32());
        var evmcs = FactsFile.Read("evmcs.json");
        Compare(nameof(EnlightenedVmcs), evmcs.GetProperty("struct_size").GetInt32());
        CompareRevision(nameof(Vmcs12), Hex.Parse(vmcs12.GetProperty("revision_id").GetString()!));
        CompareRevision(nameof(EnlightenedVmcs), evmcs.GetProperty("version").GetUInt32());

        void CompareRevision(string layout, ulong revision) =>
            differences.Check<uint?>(layout, "revision", (uint)revision, generated.Layouts[layout].Revision);

        void Compare(string layout, int size) => differences.Check(layout, "size", size, generated.Layouts[layout].Size);
    }
}
