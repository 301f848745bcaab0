using System;
using System.Collections.Generic;
using System.Globalization;

namespace VmcsGen.Oracle.Tests.Facts;

/// <summary>What VM entry demands of VMCS fields one by one, as chapters 27.2 and 27.3 of SDM 3C say it.</summary>
internal sealed record EntryCheckFacts(IReadOnlyList<EntryCheckFact> Checks)
{
    public static EntryCheckFacts Read() => FactsFile.Read<EntryCheckFacts>("vm_entry_checks.json");
}

/// <summary>A demand on a field.</summary>
/// <param name="Section">The section of the SDM.</param>
/// <param name="Encoding">The field's encoding.</param>
/// <param name="Field">Its name in the SDM.</param>
/// <param name="Form">The form of the value: canonical, physical-address, nonzero or memory-types.</param>
/// <param name="ZeroBits">Bits that must be 0, as the SDM writes them: <c>2:0, 11:5</c>.</param>
/// <param name="When">The control under which the demand is made; null if it always is.</param>
internal sealed record EntryCheckFact(string Section, string Encoding, string Field, string? Form, string? ZeroBits, ControlFact? When)
{
    public uint Number => Hex.Parse(Encoding);

    /// <summary>The bits that must be 0, as a mask.</summary>
    public ulong Mask
    {
        get
        {
            var mask = 0UL;
            foreach (var range in ZeroBits?.Split(", ") ?? [])
            {
                var ends = range.Split(':');
                var (high, low) = (Number(ends[0]), Number(ends[^1]));
                mask |= (ulong.MaxValue >> (63 - high)) & (ulong.MaxValue << low);
            }
            return mask;

            static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
        }
    }
}

/// <summary>A control.</summary>
/// <param name="Encoding">The encoding of its word.</param>
/// <param name="Bit">Its number.</param>
/// <param name="Control">Its name in the SDM.</param>
internal sealed record ControlFact(string Encoding, int Bit, string Control)
{
    public uint Number => Hex.Parse(Encoding);

    /// <summary>The word and the bit.</summary>
    public override string ToString() => $"{Number:X4}H bit {Bit}";
}
