using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.Dumps;

/// <summary>How far a line of a log is one of a dump.</summary>
/// <param name="form">The line that it may be.</param>
/// <param name="start">The place of its first token.</param>
internal sealed class DumpMatch(DumpForm form, int start)
{
    private readonly Dictionary<VmcsField, (ulong Value, int Bits)> _values = [];
    private readonly List<ulong> _numbers = [];

    /// <summary>The line that it is.</summary>
    public DumpForm Form { get; } = form;

    /// <summary>The place behind the last token that fits.</summary>
    public int End { get; set; } = start;

    /// <summary>Whether all of the line is there.</summary>
    public bool IsWhole { get; set; }

    /// <summary>Whether the log ends before the line does.</summary>
    public bool RanOut { get; set; }

    /// <summary>A token that should be a value and is none.</summary>
    public Token? NoValue { get; private set; }

    /// <summary>The fields whose whole values were read.</summary>
    public IEnumerable<KeyValuePair<VmcsField, ulong>> Values =>
        _values.Where(static one => one.Value.Bits == 8 * one.Key.Size).Select(static one => KeyValuePair.Create(one.Key, one.Value.Value));

    /// <summary>The numbers that are no field's, in their order.</summary>
    public IReadOnlyList<ulong> Numbers => _numbers;

    /// <summary>Reads the value of a part.</summary>
    public bool TryAdd(DumpFormPart part, Token token)
    {
        if (!DumpFormPart.TryRead(token.Text, out var value) || (part.Bits < 64 && value >> part.Bits != 0))
        {
            NoValue = token;
            return false;
        }
        if (part.Field is { } field)
        {
            _values.TryGetValue(field, out var before);
            _values[field] = (before.Value | (value << part.Shift), before.Bits + part.Bits);
        }
        else
        {
            _numbers.Add(value);
        }
        return true;
    }
}
