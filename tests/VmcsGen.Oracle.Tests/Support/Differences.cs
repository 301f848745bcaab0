using System;
using System.Collections.Generic;
using System.Linq;
using Xunit;

namespace VmcsGen.Oracle.Tests.Support;

/// <summary>
/// What differs between two descriptions of the same things, all of it, item by item. Deliberate differences are listed by
/// item, with the reason; one that is listed and not met is a difference itself, so that the lists stay true.
/// </summary>
internal sealed class Differences
{
    private readonly Dictionary<string, string> _deliberate;
    private readonly bool _mustBeMet;
    private readonly List<(string Item, string Text)> _found = [];

    /// <param name="deliberate">The deliberate differences: the item and the reason. They must all be met.</param>
    public Differences(params (string Item, string Reason)[] deliberate)
        : this(deliberate, mustBeMet: true) { }

    private Differences((string Item, string Reason)[] deliberate, bool mustBeMet)
    {
        _deliberate = deliberate.ToDictionary(static d => d.Item, static d => d.Reason, StringComparer.Ordinal);
        _mustBeMet = mustBeMet;
    }

    /// <summary>Differences that nobody asked for.</summary>
    public IReadOnlyList<string> Unexpected =>
        [
            .. _found.Where(f => !_deliberate.ContainsKey(f.Item)).Select(static f => $"{f.Item}: {f.Text}"),
            .. NotMet.Select(static item => $"{item}: is listed as a deliberate difference, but does not differ"),
        ];

    /// <summary>Differences that were met as listed.</summary>
    public IReadOnlyList<string> Deliberate =>
        [.. _found.Where(f => _deliberate.ContainsKey(f.Item)).Select(f => $"{f.Item}: {f.Text} ({_deliberate[f.Item]})")];

    private IEnumerable<string> NotMet => _mustBeMet ? _deliberate.Keys.Except(_found.Select(static f => f.Item)) : [];

    /// <summary>For comparisons with something that differs from machine to machine: the deliberate differences may be met.</summary>
    public static Differences WhereMet(params (string Item, string Reason)[] deliberate) => new(deliberate, mustBeMet: false);

    /// <summary>Compares one aspect of an item: <c>kvm_run, size</c>.</summary>
    public void Check<T>(string item, string aspect, T expected, T actual)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
            Add($"{item}, {aspect}", $"expected {Show(expected)}, is {Show(actual)}");
    }

    /// <summary>Notes a difference.</summary>
    public void Add(string item, string text) => _found.Add((item, text));

    /// <summary>Fails with every unexpected difference; prints the deliberate ones.</summary>
    public void AssertNone(ITestOutputHelper? output)
    {
        foreach (var line in Deliberate)
            output?.WriteLine("deliberate: " + line);
        Listing.AssertEmpty(Unexpected, "differences");
    }

    private static string Show<T>(T value) => value is null ? "none" : FormattableString.Invariant($"{value}");
}
