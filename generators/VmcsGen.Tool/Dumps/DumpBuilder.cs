using System;
using System.Collections.Generic;
using System.Numerics;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Tool.Dumps;

/// <summary>Makes dumps of the lines of one writer.</summary>
/// <param name="report">Hears of what cannot be read.</param>
internal sealed class DumpBuilder(Action<LogProblem> report)
{
    // A wrapped line is continued in the next, and at most in one more.
    private const int MostLines = 3;

    // Without a heading, what has fewer fields is something else that looks like a line of a dump.
    private const int LeastFields = 8;

    private readonly List<Token> _tokens = [];
    private readonly Dictionary<int, long> _offsets = [];
    private readonly Dictionary<VmcsField, ulong> _fields = [];
    private readonly HashSet<DumpForm> _seen = [];
    private readonly Dictionary<DumpDialect, int> _votes = [];
    private readonly List<MsrAreaEntry> _entryMsrs = [];
    private MsrList _list;
    private DumpSection _section;
    private bool _hasHeading;
    private int _firstLine;
    private int _lastLine;

    /// <summary>Reads a line.</summary>
    /// <param name="text">The line.</param>
    /// <param name="number">Its number.</param>
    /// <param name="offset">Its offset in the file.</param>
    /// <param name="start">Where its own text begins.</param>
    /// <param name="isLogged">Whether it is known not to continue another.</param>
    /// <returns>The dumps that have ended.</returns>
    public IEnumerable<Dump> Add(string text, int number, long offset, int start, bool isLogged)
    {
        if (isLogged)
        {
            foreach (var dump in Scan(isClosed: true))
                yield return dump;
        }
        Tokens.Read(text, start, number, _tokens);
        _offsets[number] = offset;
        foreach (var dump in Scan(isClosed: false))
            yield return dump;
        if (_tokens.Count != 0 && _tokens[0].Line <= number - (MostLines - 1))
        {
            foreach (var dump in Scan(isClosed: true))
                yield return dump;
        }
        if (_tokens.Count == 0)
            _offsets.Clear();
    }

    /// <summary>Reads what is left.</summary>
    public IEnumerable<Dump> Finish()
    {
        foreach (var dump in Scan(isClosed: true))
            yield return dump;
        if (End() is { } last)
            yield return last;
    }

    private List<Dump> Scan(bool isClosed)
    {
        var ended = new List<Dump>();
        var position = 0;
        while (position < _tokens.Count)
        {
            var match = Find(position, isClosed, out var mustWait);
            if (mustWait)
                break;
            if (match is null)
            {
                position++;
                continue;
            }
            if (BeginsDump(match) && End() is { } dump)
                ended.Add(dump);
            Take(match, position);
            position = match.End;
        }
        _tokens.RemoveRange(0, position);
        return ended;
    }

    // The line of which most is there: "EFER= 0 (eff" is not a whole "EFER= 0".
    private DumpMatch? Find(int position, bool isClosed, out bool mustWait)
    {
        mustWait = false;
        if (Haxm.Match(_tokens, position) is { } haxm)
        {
            mustWait = haxm.RanOut && !isClosed;
            return haxm.IsWhole ? haxm : null;
        }
        DumpMatch? best = null;
        var bestRank = 0;
        foreach (var form in DumpForms.BeginningWith(_tokens[position].Text))
        {
            var rank = RankOf(form);
            if (rank == 0)
                continue;
            var match = form.Match(_tokens, position);
            if (match.RanOut && !isClosed && match.End > position)
                mustWait = true;
            var isBetter = best is null || (match.End, match.IsWhole, rank).CompareTo((best.End, best.IsWhole, bestRank)) > 0;
            // A word alone is no line of a dump.
            if (isBetter && match.End > position + 1)
                (best, bestRank) = (match, rank);
        }
        if (best is { IsWhole: false, NoValue: { } token } && !mustWait)
        {
            var what = token.Text.Length > 20 ? token.Text[..20] + "…" : token.Text;
            report(
                new(
                    token.Line,
                    _offsets.GetValueOrDefault(token.Line) + token.Column - 1,
                    $"'{what}' is no value of '{_tokens[position].Text}': a hexadecimal number of the field's width is expected."
                )
            );
        }
        return best is { IsWhole: true } || best?.Values.GetEnumerator().MoveNext() == true ? best : null;
    }

    // Lines of the section first; those of others only where they tell it.
    private int RankOf(DumpForm form) =>
        form.Section == _section ? 2
        : DumpForms.TellsSection(form) ? 1
        : 0;

    private bool BeginsDump(DumpMatch match) =>
        _fields.Count != 0
        && (match.Form.BeginsDump || (match.Form.Section != DumpSection.Unknown && match.Form.Section < _section) || IsRepeated(match));

    // The same line again is of another dump, and so is HAXM's line of the same field.
    private bool IsRepeated(DumpMatch match)
    {
        if (_seen.Contains(match.Form))
            return match.Form.List != MsrList.Entry;
        if (match.Form.Dialect != DumpDialect.Haxm)
            return false;
        foreach (var (field, _) in match.Values)
            return _fields.ContainsKey(field);
        return false;
    }

    private void Take(DumpMatch match, int position)
    {
        _seen.Add(match.Form);
        _hasHeading |= match.Form.IsHeading;
        if (match.Form.Section != DumpSection.Unknown)
            _section = match.Form.Section;
        if (_firstLine == 0)
            _firstLine = _tokens[position].Line;
        _lastLine = _tokens[Math.Max(position, match.End - 1)].Line;
        _votes[match.Form.Dialect] = _votes.GetValueOrDefault(match.Form.Dialect) + 1;
        TakeMsr(match);
        foreach (var (field, value) in match.Values)
        {
            if (_fields.TryAdd(field, value) || _fields[field] == value)
                continue;
            var token = _tokens[position];
            report(
                new(
                    token.Line,
                    _offsets.GetValueOrDefault(token.Line) + token.Column - 1,
                    $"{VmcsFields.NameOf(field)} is 0x{value:X} here and 0x{_fields[field]:X} before in the same dump. The first counts."
                )
            );
        }
    }

    // The entries follow their heading.
    private void TakeMsr(DumpMatch match)
    {
        if (match.Form.List != MsrList.Entry)
            _list = match.Form.List;
        else if (_list == MsrList.EntryLoad && match is { IsWhole: true, Numbers: [<= uint.MaxValue and var index, var value] })
            _entryMsrs.Add(new((uint)index, value));
    }

    private Dump? End()
    {
        var isDump = _fields.Count >= (_hasHeading ? 1 : LeastFields);
        Dump? dump = isDump
            ? new(Dialect(), _firstLine, _lastLine, new Dictionary<VmcsField, ulong>(_fields))
            {
                EntryMsrs = _entryMsrs.Count == 0 ? null : [.. _entryMsrs],
            }
            : null;
        _fields.Clear();
        _entryMsrs.Clear();
        _list = MsrList.None;
        _seen.Clear();
        _votes.Clear();
        (_section, _hasHeading, _firstLine, _lastLine) = (DumpSection.Unknown, false, 0, 0);
        return dump;
    }

    // What one dialect alone prints decides.
    private DumpDialect Dialect()
    {
        var (dialect, most) = (DumpDialect.Unknown, 0);
        foreach (var (one, votes) in _votes)
        {
            if (BitOperations.IsPow2((int)one) && votes > most)
                (dialect, most) = (one, votes);
        }
        return dialect;
    }
}
