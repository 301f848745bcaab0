using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using VmcsGen.Tool.Dumps;
using VmcsGen.Tool.Findings;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Entry;

namespace VmcsGen.Tool.Output;

/// <summary>What dumps say, for a program.</summary>
internal static class FindingJson
{
    /// <summary>Writes it.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<(Dump Dump, Finding Finding)> findings, IReadOnlyList<LogProblem> problems)
    {
        json.WriteStartObject();
        json.WriteStartArray("dumps");
        foreach (var (dump, finding) in findings)
        {
            json.WriteStartObject();
            json.WriteString("dialect", dump.Dialect.ToString());
            json.WriteNumber("firstLine", dump.FirstLine);
            json.WriteNumber("lastLine", dump.LastLine);
            Write(json, finding);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("problems");
        foreach (var problem in problems)
        {
            json.WriteStartObject();
            json.WriteNumber("line", problem.Line);
            json.WriteNumber("byte", problem.Offset);
            json.WriteString("text", problem.Text);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Writes what one VMCS says, as members of an object that is open.</summary>
    public static void Write(Utf8JsonWriter json, Finding finding)
    {
        json.WriteBoolean("entryFailed", finding.Reason is { EntryFailure: true });
        json.WriteStartObject("words");
        foreach (var (name, words) in ExitWords.Of(finding.Record.Fields))
            json.WriteString(name, words);
        json.WriteEndObject();
        json.WriteStartObject("fields");
        foreach (var (field, value) in finding.Record.Fields.OrderBy(static one => one.Key))
            json.WriteString(field.ToString(), $"0x{value:X}");
        json.WriteEndObject();
        json.WriteStartArray("broken");
        foreach (var violation in finding.Broken)
            Write(json, violation);
        json.WriteEndArray();
        json.WriteStartArray("undecided");
        foreach (var undecided in finding.Undecided)
        {
            json.WriteStartObject();
            WriteRule(json, undecided.Rule);
            WriteTexts(json, "needs", undecided.Needs);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("unknown");
        foreach (var unknown in finding.Unknowns)
        {
            json.WriteStartObject();
            json.WriteString("kind", unknown.Kind.ToString());
            json.WriteString("name", unknown.Name);
            WriteTexts(json, "rules", unknown.Rules.Select(static rule => rule.Name));
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, VmEntryViolation violation)
    {
        json.WriteStartObject();
        WriteRule(json, violation.Rule);
        json.WriteString("finding", violation.Finding);
        json.WriteString("remedy", violation.Remedy);
        json.WriteString("doubt", violation.Doubt);
        json.WriteStartArray("fields");
        foreach (var field in violation.Fields)
        {
            json.WriteStartObject();
            json.WriteString("name", field.Name);
            json.WriteString("encoding", $"0x{(uint)field.Field:X4}");
            json.WriteString("value", $"0x{field.Value:X}");
            json.WriteString("words", field.Description);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteRule(Utf8JsonWriter json, VmEntryRule rule)
    {
        json.WriteString("rule", rule.Name);
        json.WriteString("section", rule.Section);
        json.WriteString("stage", rule.Stage.ToString());
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
    }
}
