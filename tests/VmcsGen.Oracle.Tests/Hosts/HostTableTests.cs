using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using VmcsGen.Oracle.Tests.Support;
using Xunit;

namespace VmcsGen.Oracle.Tests.Hosts;

/// <summary>docs/hosts.md: every struct, ioctl and exit of KVM with the hosts on which a test met it, or the reason why none can.</summary>
public sealed class HostTableTests
{
    private const string Begin = "<!-- tables: made by HostTableTests -->\n";

    private static readonly string s_page = Path.Combine(Repository.Root, "docs", "hosts.md");
    private static readonly MetItems s_met = new();

    // Each item with the class of a test that met it, host by host.
    private static readonly (string Title, string[] Items, Func<string, HostRecord, string?> TestOf)[] s_parts =
    [
        ("Ioctls", [.. InterfaceItems.Ioctls.Keys], MetItems.TestOf),
        ("Exits", [.. InterfaceItems.Exits], MetItems.TestOf),
        ("Structs", [.. InterfaceItems.Structs.Keys], s_met.TestOfStruct),
    ];

    [Fact]
    public void Every_item_was_met_on_a_host_or_has_a_reason_why_none_can()
    {
        foreach (var (_, items, testOf) in s_parts)
        {
            foreach (var item in items)
            {
                var isMet = s_met.Hosts.Any(host => testOf(item, host) is not null);
                Assert.True(
                    isMet != s_met.Reasons.ContainsKey(item),
                    isMet ? $"{item} was met and has a reason." : $"{item} has no reason."
                );
            }
        }
    }

    [Fact]
    public void Reasons_and_carriers_are_of_items_that_there_are()
    {
        var items = s_parts.SelectMany(static part => part.Items).ToHashSet();
        Assert.Subset(items, s_met.Reasons.Keys.ToHashSet());
        Assert.Subset(InterfaceItems.Structs.Keys.ToHashSet(), s_met.Carriers.Keys.ToHashSet());
        Assert.All(
            s_met.Carriers.Values.Where(static carrier => !carrier.Contains('.', StringComparison.Ordinal)),
            carrier => Assert.Contains(carrier, items)
        );
        Assert.All(
            s_met.Carriers.Values.Where(static carrier => carrier.Contains('.', StringComparison.Ordinal)),
            static carrier => Assert.Contains(s_met.Hosts, host => host.HasPassed(carrier) || host.Skipped.ContainsKey(carrier))
        );
    }

    [Fact]
    public void Page_has_what_the_runs_recorded()
    {
        var page = File.ReadAllText(s_page);
        var made = page[..(page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length)] + Tables();
        if (Environment.GetEnvironmentVariable("VMCSGEN_ACCEPT_SNAPSHOTS") == "1")
            File.WriteAllText(s_page, made);
        Assert.Equal(made, File.ReadAllText(s_page));
    }

    private static string Tables()
    {
        var hosts = s_met.Hosts;
        var text = new StringBuilder("\n| host | tests that passed | tests that were skipped |\n| --- | --- | --- |\n");
        foreach (var host in hosts)
            text.Append($"| {host.Title} | {host.Passed.Values.Sum(static tests => tests.Length)} | {host.Skipped.Count} |\n");
        foreach (var (title, items, testOf) in s_parts)
        {
            AppendHead(text, title, title[..^1].ToLowerInvariant(), "why on none");
            foreach (var item in items.Order(StringComparer.Ordinal))
                AppendRow(text, item, hosts.Select(host => testOf(item, host)), s_met.Reasons.GetValueOrDefault(item));
        }

        AppendHead(text, "Test classes", "class");
        foreach (var type in hosts.SelectMany(static host => host.Passed.Keys).Distinct().Order(StringComparer.Ordinal))
            AppendRow(text, type, hosts.Select(host => host.Passed.TryGetValue(type, out var tests) ? $"{tests.Length}" : null));

        AppendHead(text, "Skipped tests", "test");
        foreach (var test in hosts.SelectMany(static host => host.Skipped.Keys).Distinct().Order(StringComparer.Ordinal))
            AppendRow(text, test, hosts.Select(host => host.Skipped.GetValueOrDefault(test) ?? (host.HasPassed(test) ? "passed" : null)));
        return text.ToString();
    }

    private static void AppendHead(StringBuilder text, string title, string first, params string[] last)
    {
        string[] columns = [first, .. s_met.Hosts.Select(static host => host.Title.Split(' ')[0]), .. last];
        text.Append($"\n## {title}\n\n| {string.Join(" | ", columns)} |\n|{string.Concat(columns.Select(static _ => " --- |"))}\n");
    }

    private static void AppendRow(StringBuilder text, string item, IEnumerable<string?> cells, params string?[] last) =>
        text.Append(
            $"| {string.Join(" | ", cells.Prepend(item).Concat(last).Select(static cell => cell?.Replace("|", "\\|", StringComparison.Ordinal)))} |\n"
        );
}
