using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Oracle.Tests.Generated;
using VmcsGen.Oracle.Tests.Support;
using VmcsGen.Vmx;

namespace VmcsGen.Oracle.Tests.Vmx;

/// <summary>A recorded list of numbers with the names that several sources give them, and the enum that stands for it.</summary>
/// <param name="Type">The enum's C# name.</param>
/// <param name="Facts">Path of the list.</param>
/// <param name="NameKey">What the list calls a number's own name.</param>
/// <param name="Prefix">What the kernel's macros begin with; the facts leave it out.</param>
/// <param name="Renamings">Values whose C# name has other words than the recorded one.</param>
internal sealed record NumberedList(string Type, string Facts, string NameKey, string Prefix, string Renamings)
{
    public static NumberedList ExitReasons { get; } =
        new(
            nameof(BasicExitReason),
            "exit_reasons/list",
            "name",
            "EXIT_REASON_",
            "spp_event=SppRelatedEvent enqcmd_pasid=EnqcmdPasidTranslationFailure enqcmds_pasid=EnqcmdsPasidTranslationFailure"
        );

    public static NumberedList InstructionErrors { get; } =
        new(nameof(VmInstructionError), "instruction_errors/list", "key", "VMXERR_", "");

    /// <returns>How many numbers were compared, and how many of them the kernel has a name for.</returns>
    public (int Numbers, int Named) Compare(GeneratedVmx generated, Differences differences)
    {
        var facts = VmxFacts.At(Facts).EnumerateArray().Select(Read).ToArray();
        ValueComparison.Compare(Type, facts, generated.ValuesOf(Type), new(Renamings), differences);
        return (facts.Length, facts.Count(static f => f.Linux is not null));
    }

    private (Int128 Number, string Name, string? Linux) Read(JsonElement item)
    {
        var linux = LinuxNames.Of(item.GetProperty("names").Deserialize<Dictionary<string, string>>()!);
        return (item.GetProperty("number").GetInt32(), item.GetProperty(NameKey).GetString()!, linux is null ? null : Prefix + linux);
    }
}
