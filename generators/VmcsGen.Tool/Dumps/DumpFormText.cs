using System.Collections.Generic;
using System.Runtime.CompilerServices;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.Dumps;

/// <summary>
/// How a line of a dump is printed, written as an interpolated string with a VMCS field where its value stands:
/// <c>$"CR3 = {GuestCr3}"</c>. Blanks and the <c>0x</c> before numbers mean nothing.
/// </summary>
[InterpolatedStringHandler]
internal readonly struct DumpFormText
{
    private readonly List<DumpFormPart> _parts;

    /// <param name="literalLength">Letters beside the holes.</param>
    /// <param name="formattedCount">Holes.</param>
    public DumpFormText(int literalLength, int formattedCount) => _parts = new(literalLength + formattedCount);

    /// <summary>What the line consists of.</summary>
    public IReadOnlyList<DumpFormPart> Parts => _parts;

    /// <summary>Adds words.</summary>
    public void AppendLiteral(string text)
    {
        var tokens = new List<Token>();
        Tokens.Read(text, 0, 0, tokens);
        foreach (var token in tokens)
            _parts.Add(DumpFormPart.Word(token.Text));
    }

    /// <summary>Adds a field's value.</summary>
    public void AppendFormatted(VmcsField field) => _parts.Add(DumpFormPart.Value(field));

    /// <summary>Adds a part of a field's value.</summary>
    public void AppendFormatted(FieldPart part) => _parts.Add(new(null, part.Field, part.Shift, part.Bits));

    /// <summary>Adds a number that is no field's, or words in parentheses.</summary>
    public void AppendFormatted(NoField ignored) => _parts.Add(new(null, null, 0, ignored == NoField.Number ? 64 : 0));
}

/// <summary>A part of a field, which is printed by itself.</summary>
/// <param name="Field">The field.</param>
/// <param name="Shift">Its lowest bit.</param>
/// <param name="Bits">How many bits.</param>
internal readonly record struct FieldPart(VmcsField Field, int Shift, int Bits);

/// <summary>What stands in a line and is no field.</summary>
internal enum NoField
{
    /// <summary>A number.</summary>
    Number,

    /// <summary>Words, up to what follows.</summary>
    Words,
}
