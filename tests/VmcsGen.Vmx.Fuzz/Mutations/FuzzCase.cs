using System.Collections.Generic;
using System.Text;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>A guest with one to four fields changed, and perhaps memory that the VMCS refers to.</summary>
/// <param name="Seed">The seed of the run.</param>
/// <param name="Number">The number in the run: seed, number and processor give the same case again.</param>
/// <param name="Guest">The guest.</param>
/// <param name="Fields">The changed fields with their values, in the order in which they are written.</param>
/// <param name="Memory">The changed memory.</param>
public sealed record FuzzCase(
    int Seed,
    int Number,
    GuestKind Guest,
    IReadOnlyList<KeyValuePair<VmcsField, ulong>> Fields,
    IReadOnlyList<MemoryPatch> Memory
)
{
    /// <summary>Case, guest and what is changed, on lines of their own.</summary>
    /// <param name="before">The guest's VMCS.</param>
    public string Describe(IReadOnlyDictionary<VmcsField, ulong> before)
    {
        var text = new StringBuilder($"Seed {Seed}, case {Number}, guest {Guest}:");
        foreach (var (field, value) in Fields)
            text.Append($"\n    {VmcsFields.NameOf(field)}: 0x{before[field]:X} -> 0x{value:X}");
        foreach (var patch in Memory)
            text.Append($"\n    {patch}");
        return text.ToString();
    }
}
