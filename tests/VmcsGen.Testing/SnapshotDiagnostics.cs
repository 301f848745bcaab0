using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Microsoft.CodeAnalysis;

namespace VmcsGen.Testing;

/// <summary>Writes diagnostics as Verify.SourceGenerators does: names and values without quotes, defaults left out.</summary>
internal static class SnapshotDiagnostics
{
    public static string Format(IEnumerable<Diagnostic> diagnostics)
    {
        var text = new StringBuilder("{\n  Diagnostics: [\n");
        var separator = "";
        foreach (var diagnostic in diagnostics)
        {
            text.Append(separator).Append("    {\n");
            Append(text, diagnostic);
            text.Append("    }");
            separator = ",\n";
        }
        return text.Append("\n  ]\n}").ToString();
    }

    private static void Append(StringBuilder text, Diagnostic diagnostic)
    {
        var descriptor = diagnostic.Descriptor;
        text.Append($"      Location: {diagnostic.Location.GetMappedLineSpan()},\n");
        text.Append($"      Message: {diagnostic.GetMessage(CultureInfo.InvariantCulture)},\n");
        text.Append($"      Severity: {diagnostic.Severity},\n");
        if (diagnostic.WarningLevel != 0)
            text.Append(CultureInfo.InvariantCulture, $"      WarningLevel: {diagnostic.WarningLevel},\n");
        text.Append("      Descriptor: {\n");
        text.Append($"        Id: {descriptor.Id},\n");
        text.Append(CultureInfo.InvariantCulture, $"        Title: {descriptor.Title},\n");
        if (descriptor.HelpLinkUri.Length > 0)
            text.Append($"        HelpLink: {descriptor.HelpLinkUri},\n");
        text.Append(CultureInfo.InvariantCulture, $"        MessageFormat: {descriptor.MessageFormat},\n");
        text.Append($"        Category: {descriptor.Category},\n");
        text.Append($"        DefaultSeverity: {descriptor.DefaultSeverity},\n");
        text.Append($"        IsEnabledByDefault: {(descriptor.IsEnabledByDefault ? "true" : "false")}\n");
        text.Append("      }\n");
    }
}
