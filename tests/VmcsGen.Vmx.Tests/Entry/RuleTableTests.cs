using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using VmcsGen.Vmx.Entry;
using Xunit;

namespace VmcsGen.Vmx.Tests;

/// <summary>docs/vm-entry-rules.md: every rule of VM entry with the machines on which it decided how an entry ends.</summary>
public sealed class RuleTableTests
{
    private const string Begin = "<!-- table: made by RuleTableTests -->\n";

    private static readonly string s_page = Path.Combine(WitnessTests.Root, "docs", "vm-entry-rules.md");

    [Fact]
    public void The_page_has_a_line_for_each_rule_with_what_the_runs_recorded()
    {
        var page = File.ReadAllText(s_page);
        var made = page[..(page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length)] + Table();
        if (Environment.GetEnvironmentVariable("VMCSGEN_ACCEPT_SNAPSHOTS") == "1")
            File.WriteAllText(s_page, made);
        Assert.Equal(made, File.ReadAllText(s_page));
    }

    [Fact]
    public void Runs_recorded_rules_that_there_are() =>
        Assert.Subset(VmEntryChecker.Rules.Select(static rule => rule.Name).ToHashSet(), Recorded().Keys.ToHashSet());

    private static string Table()
    {
        var recorded = Recorded();
        var text = new StringBuilder();
        var machines = recorded.Values.SelectMany(static machines => machines).Distinct().Order(StringComparer.Ordinal).ToArray();
        text.Append("\nRules that decided the end of an entry:\n\n| machine | rules |\n| --- | --- |\n");
        text.Append($"| `SoftwareVmx` | {VmEntryChecker.Rules.Count} |\n");
        foreach (var machine in machines)
            text.Append($"| {Title(machine)} | {recorded.Count(rule => rule.Value.Contains(machine))} |\n");
        text.Append($"| no processor but `SoftwareVmx` | {VmEntryChecker.Rules.Count(rule => !recorded.ContainsKey(rule.Name))} |\n");
        foreach (var section in VmEntryChecker.Rules.GroupBy(static rule => rule.Section))
        {
            text.Append($"\n## {section.Key}\n\n| rule | {string.Join(" | ", machines.Select(Title))} |\n");
            text.Append($"| --- |{string.Concat(Enumerable.Repeat(" --- |", machines.Length))}\n");
            foreach (var rule in section)
            {
                var tried = recorded.GetValueOrDefault(rule.Name, []);
                text.Append($"| {rule.Name} | {string.Join(" | ", machines.Select(machine => tried.Contains(machine) ? "yes" : ""))} |\n");
            }
        }
        return text.ToString();
    }

    private static string Title(string machine) => machine == "kvm" ? "KVM" : $"Bochs {machine}";

    private static Dictionary<string, HashSet<string>> Recorded() =>
        File.ReadAllLines(Path.Combine(WitnessTests.Root, "tests", "witnesses", "decided.txt"))
            .Select(static line => line.Split(": "))
            .ToDictionary(static line => line[0], static line => line[1].Split(", ").ToHashSet());
}
