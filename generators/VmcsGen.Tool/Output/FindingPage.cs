using System.Collections.Generic;
using System.Linq;
using VmcsGen.Tool.Dumps;
using VmcsGen.Tool.Findings;
using VmcsGen.Tool.Machine;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Entry;

namespace VmcsGen.Tool.Output;

/// <summary>What dumps say, for a person.</summary>
internal static class FindingPage
{
    // More are for --all.
    private const int MostRules = 6;

    /// <summary>Writes it.</summary>
    /// <param name="page">Where to.</param>
    /// <param name="findings">What the dumps say.</param>
    /// <param name="machine">The machine that they are of, if that is known.</param>
    /// <param name="all">Whether every undecided rule is listed.</param>
    public static void Write(Page page, IReadOnlyList<(Dump Dump, Finding Finding)> findings, MachineFacts? machine, bool all)
    {
        for (var i = 0; i < findings.Count; i++)
        {
            if (i != 0)
                page.Line();
            var dump = findings[i].Dump;
            page.Heading(
                $"Dump {i + 1} of {findings.Count}: {dump.Printer}, lines {dump.FirstLine} to {dump.LastLine}, {dump.Fields.Count} fields"
            );
            Write(page, findings[i].Finding, all);
        }
        if (machine?.Msrs is not null)
        {
            page.Line();
            page.Line(
                "The capability MSRs are those that KVM offers to nested hypervisors. The processor itself may allow more than they do."
            );
        }
    }

    /// <summary>Writes what one VMCS says.</summary>
    public static void Write(Page page, Finding finding, bool all)
    {
        page.Rows(ExitWords.Of(finding.Record.Fields).Select(static one => new[] { one.Name, one.Words }));
        WriteVerdict(page, finding);
        foreach (var violation in finding.Broken)
            Write(page, violation);
        WriteUndecided(page, finding, all);
    }

    private static void WriteVerdict(Page page, Finding finding)
    {
        var broken = finding.Broken.Count;
        var noun = finding.Record.Noun;
        var rules = broken == 1 ? "One rule of VM entry is broken" : $"{broken} rules of VM entry are broken";
        page.Line();
        if (broken != 0)
        {
            page.Alarm(
                finding.Reason is { EntryFailure: false }
                    ? $"{rules}, although the exit reason tells of no failed VM entry. The next entry with these values fails:"
                    : $"{rules}:"
            );
        }
        else if (finding.Reason is { EntryFailure: true })
        {
            page.Alarm($"VM entry failed, but nothing that the {noun} holds breaks a rule. The cause is in what it leaves out (below).");
        }
        else if (finding.Reason is not null)
        {
            page.Line($"The exit reason tells of no failed VM entry, and nothing that the {noun} holds breaks a rule.");
        }
        else
        {
            page.Line($"Nothing that the {noun} holds breaks a rule. The exit reason is not in it.");
        }
    }

    private static void Write(Page page, VmEntryViolation violation)
    {
        page.Line($"  {violation.Rule}: {violation.Finding}");
        foreach (var field in violation.Fields)
            page.Line($"      {field}");
        page.Line($"      To satisfy it: {violation.Remedy}");
        if (violation.Doubt is { } doubt)
            page.Line($"      In doubt: {doubt}");
    }

    private static void WriteUndecided(Page page, Finding finding, bool all)
    {
        var suspects = finding.Suspects.Select(static one => one.Rule).ToHashSet();
        var shown = finding.Unknowns.Where(unknown => all || unknown.Rules.Any(suspects.Contains)).ToArray();
        if (shown.Length == 0)
            return;
        page.Line();
        page.Line(
            finding.FailedStage is { } stage && !all
                ? $"{suspects.Count} rules that may have failed ({stage}) cannot be decided. They need:"
                : $"{finding.Undecided.Count} rules cannot be decided. They need:"
        );
        // The rules are what is looked for where nothing else explains the failure.
        var withRules = all || (finding.Broken.Count == 0 && finding.Reason is { EntryFailure: true });
        foreach (var kind in shown.GroupBy(static unknown => unknown.Kind))
        {
            page.Line($"  {Reason(kind.Key, finding.Record)}:");
            if (!withRules)
            {
                page.Line($"      {string.Join(", ", kind.Select(static unknown => unknown.Name))}");
                continue;
            }
            foreach (var unknown in kind)
            {
                var rules = unknown.Rules.Where(rule => all || suspects.Contains(rule)).ToArray();
                page.Line($"      {unknown.Name}, for {Names(rules, all)}");
            }
            foreach (var (info, value) in Subjects(kind, finding.Record))
                page.Line(
                    $"      ({info.Name} is 0x{value:X}{(FieldWords.IsNumber(info, value) ? "" : $": {FieldWords.Describe(info, value)}")})"
                );
        }
        var others = finding.Unknowns.Except(shown).Where(static unknown => unknown.Kind == UnknownKind.NeverHeld).ToArray();
        if (withRules && others.Length != 0)
        {
            page.Line($"  Nor does a {finding.Record.Kind} hold what rules of other stages need:");
            page.Line($"      {string.Join(", ", others.Select(static unknown => unknown.Name))}");
        }
    }

    private static string Names(VmEntryRule[] rules, bool all)
    {
        var shown = all || rules.Length <= MostRules + 1 ? rules.Length : MostRules;
        var names = string.Join(", ", rules.Take(shown).Select(static rule => rule.Name));
        return shown == rules.Length ? names : $"{names} and {rules.Length - shown} more (--all)";
    }

    // Rules are called after the field that they are about.
    private static IEnumerable<(VmcsFieldInfo Info, ulong Value)> Subjects(IEnumerable<Unknown> unknowns, IVmcsRecord record)
    {
        var rules = unknowns.Where(static one => one.Kind == UnknownKind.CapabilityMsr).SelectMany(static one => one.Rules).ToHashSet();
        foreach (var info in VmcsFields.All.ToArray())
        {
            if (
                info.Field.Type == VmcsFieldType.GuestState
                && record.Fields.TryGetValue(info.Field, out var value)
                && rules.Any(rule => rule.Name.StartsWith(info.Name, System.StringComparison.Ordinal))
            )
                yield return (info, value);
        }
    }

    private static string Reason(UnknownKind kind, IVmcsRecord record) =>
        kind switch
        {
            UnknownKind.NotInThisOne => $"fields that are not in this {record.Noun}, though others have them",
            UnknownKind.NeverHeld => $"fields that no {record.Kind} holds",
            UnknownKind.CapabilityMsr =>
                $"capability MSRs, which no {record.Noun} holds (write them by 'vmcsgen host --json', give them by --capabilities)",
            UnknownKind.Processor => "the processor's other abilities (give them by --capabilities)",
            _ => $"memory, which no {record.Noun} holds",
        };
}
