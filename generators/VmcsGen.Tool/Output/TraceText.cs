using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using VmcsGen.Tool.Findings;
using VmcsGen.Tool.Traces;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.Output;

/// <summary>Entries and exits of a trace, in words.</summary>
internal static class TraceText
{
    /// <summary>An event in a line.</summary>
    public static string Line(TraceEvent one)
    {
        var time = one.Time.Length == 0 ? "" : $"{one.Time}  ";
        var vcpu = one.Vcpu is { } number ? $"vCPU {number}  " : "";
        var rip = one.Rip is { } at ? $"  RIP 0x{at:X}" : "";
        return $"{time}{vcpu}{(one.IsEntry ? "entry" : Words(one))}{rip}{(one.Name == "kvm_nested_vmexit" ? "  (of a nested guest)" : "")}";
    }

    /// <summary>An event as a line of JSON.</summary>
    public static void Write(Utf8JsonWriter json, TraceEvent one)
    {
        json.WriteStartObject();
        json.WriteNumber("line", one.Line);
        json.WriteString("event", one.Name);
        json.WriteString("time", one.Time);
        if (one.Vcpu is { } vcpu)
            json.WriteNumber("vcpu", vcpu);
        if (one.Rip is { } rip)
            json.WriteString("rip", $"0x{rip:X}");
        if (!one.IsEntry)
        {
            json.WriteString("reason", one.ReasonText);
            json.WriteString("words", Words(one));
            json.WriteStartObject("fields");
            var fields = one.Fields.OrderBy(static pair => pair.Key).Select(static pair => (Name: pair.Key.ToString(), pair.Value));
            foreach (var (name, value) in one.Svm?.Fields ?? fields)
                json.WriteString(name, $"0x{value:X}");
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    /// <summary>How often each exit reason was, the most frequent first.</summary>
    public static IEnumerable<string[]> Summary(IReadOnlyDictionary<string, long> counts)
    {
        var all = counts.Values.Sum();
        return counts
            .OrderByDescending(static one => one.Value)
            .ThenBy(static one => one.Key, System.StringComparer.Ordinal)
            .Select(one => new[] { $"{one.Value}", $"{100.0 * one.Value / all:F1} %", one.Key });
    }

    private static string Words(TraceEvent one) =>
        one.Svm is { } svm ? svm.ToString()
        : one.Reason is null ? $"{one.ReasonText} (no exit reason of VMX or SVM)"
        : VmExitText.Describe(ExitWords.ExitOf(one.Fields), one.Fields.ContainsKey);
}
