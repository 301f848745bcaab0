using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using VmcsGen.Oracle.Tests.Support;

namespace VmcsGen.Oracle.Tests.Hosts;

/// <summary>What the tests of KVM met on one host, as tests/lab/hosts.cs wrote it down.</summary>
internal sealed class HostRecord
{
    /// <summary>Which KVM it is.</summary>
    public required string Title { get; init; }

    /// <summary>Ioctls and exits by the kernel's names, each with a class whose tests met it.</summary>
    public required IReadOnlyDictionary<string, string> Met { get; init; }

    /// <summary>Tests that passed, by class.</summary>
    public required IReadOnlyDictionary<string, string[]> Passed { get; init; }

    /// <summary>Tests that ran in none of their cases, with the reason.</summary>
    public required IReadOnlyDictionary<string, string> Skipped { get; init; }

    public static IReadOnlyList<HostRecord> ReadAll() =>
        [.. Directory.GetFiles(Path.Combine(Repository.Root, "tests", "hosts"), "*.json").Order(StringComparer.Ordinal).Select(Read)];

    /// <summary>Whether a test, named by class and method, passed.</summary>
    public bool HasPassed(string test)
    {
        var dot = test.LastIndexOf('.');
        return Passed.TryGetValue(test[..dot], out var methods) && methods.Contains(test[(dot + 1)..]);
    }

    private static HostRecord Read(string path)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(path));
        var root = json.RootElement;
        return new()
        {
            Title = root.GetProperty("title").GetString()!,
            Met = Map(root, "ioctls").Concat(Map(root, "exits")).ToDictionary(),
            Skipped = Map(root, "skipped").ToDictionary(),
            Passed = root.GetProperty("passed")
                .EnumerateObject()
                .ToDictionary(
                    static one => one.Name,
                    static one => one.Value.EnumerateArray().Select(static method => method.GetString()!).ToArray()
                ),
        };
    }

    private static KeyValuePair<string, string>[] Map(JsonElement root, string name) =>
        [.. root.GetProperty(name).EnumerateObject().Select(static one => KeyValuePair.Create(one.Name, one.Value.GetString()!))];
}
