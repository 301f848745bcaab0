using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.RegularExpressions;
using VmcsGen.Testing;
using YamlDotNet.RepresentationModel;

namespace VmcsGen.Site.Tests;

/// <summary>The names of all items, read of YAML and lists as they are: by none of the code that makes the pages.</summary>
internal static partial class SpecNames
{
    private static readonly string[] s_reporting = ["VmcsGen.Generators", "VmcsGen.Analyzers"];

    /// <summary>The names of a kind; those of controls with their word before them.</summary>
    public static IEnumerable<string> Of(string folder) =>
        folder switch
        {
            "fields" => Items("spec/vmx/fields", "fields").Select(Name),
            "controls" => Items("spec/vmx/bitfields", "bitfields")
                .Where(static word => Text(word, "capability") is not null)
                .SelectMany(static word => List(word, "bits").Select(bit => $"{Name(word)}.{Name(bit)}")),
            "exits" => Items("spec/vmx/enums", "enums")
                .Where(static one => Name(one) == "BasicExitReason")
                .SelectMany(static one => List(one, "values").Select(Name))
                .Concat(Values("KvmExitReason"))
                .Concat(
                    Items("spec/x86", "enums")
                        .Where(static one => Name(one) == "SvmExitCode")
                        .SelectMany(static one => List(one, "values").Select(static value => Text(value, "linux") ?? Name(value)))
                ),
            "msrs" => Items("spec/vmx", "msrs").Concat(Items("spec/x86", "msrs")).DistinctBy(static msr => Text(msr, "index")).Select(Name),
            "ioctls" => Items("spec/kvm/ioctls", "ioctls").Select(Name),
            "capabilities" => Values("KvmCapability"),
            "rules" => Rules(),
            _ => Diagnostics(),
        };

    private static IEnumerable<string> Values(string group) =>
        Items("spec/kvm/constants", "groups").Where(one => Name(one) == group).SelectMany(static one => List(one, "values").Select(Name));

    private static IEnumerable<string> Rules()
    {
        using var witnesses = JsonDocument.Parse(File.ReadAllText(Path.Combine(RuntimeSources.Root, "tests/witnesses/vm-entry.json")));
        return
        [
            .. witnesses.RootElement.GetProperty("witnesses").EnumerateArray().Select(static one => one.GetProperty("rule").GetString()!),
        ];
    }

    // The lists that the compiler's rules for analyzers demand.
    private static IEnumerable<string> Diagnostics() =>
        s_reporting
            .SelectMany(static project =>
                Directory.EnumerateFiles(Path.Combine(RuntimeSources.Root, "generators", project), "AnalyzerReleases.*.md")
            )
            .SelectMany(static path => Id().Matches(File.ReadAllText(path)))
            .Select(static match => match.Value)
            .Distinct();

    private static IEnumerable<YamlMappingNode> Items(string folder, string key) =>
        Directory
            .EnumerateFiles(Path.Combine(RuntimeSources.Root, folder), "*.yaml")
            .SelectMany(path =>
            {
                var yaml = new YamlStream();
                using var text = File.OpenText(path);
                yaml.Load(text);
                return List((YamlMappingNode)yaml.Documents[0].RootNode, key);
            });

    private static IEnumerable<YamlMappingNode> List(YamlMappingNode item, string key) =>
        item.Children.TryGetValue(key, out var list) ? ((YamlSequenceNode)list).Cast<YamlMappingNode>() : [];

    private static string Name(YamlMappingNode item) => Text(item, "name")!;

    private static string? Text(YamlMappingNode item, string key) =>
        item.Children.TryGetValue(key, out var value) ? ((YamlScalarNode)value).Value : null;

    [GeneratedRegex(@"^VMCS\d+", RegexOptions.Multiline)]
    private static partial Regex Id();
}
