using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Text.RegularExpressions;
using VmcsGen.Oracle.Tests.Support;

namespace VmcsGen.Oracle.Tests.Hosts;

/// <summary>The ioctls, exits and structs of KVM that the specs describe.</summary>
internal static partial class InterfaceItems
{
    private static readonly string[] s_memberKeys = ["members", "struct"];

    /// <summary>Ioctls that x86-64 has, each with the struct that is its argument.</summary>
    public static IReadOnlyDictionary<string, string?> Ioctls { get; } =
        Items("ioctls", "ioctls")
            .Where(static ioctl => Text(ioctl, "method") != "none")
            .ToDictionary(static ioctl => Text(ioctl, "name")!, static ioctl => StructIn(Text(ioctl, "argument")));

    /// <summary>Reasons for which KVM_RUN returns, of all architectures.</summary>
    public static IReadOnlyList<string> Exits { get; } =
    [
        .. Items("constants", "groups")
            .Single(static group => Text(group, "name") == "KvmExitReason")
            .GetProperty("values")
            .EnumerateArray()
            .Select(static value => Text(value, "name")!),
    ];

    /// <summary>Structs that x86-64 has, each with those that are always part of it.</summary>
    public static IReadOnlyDictionary<string, string[]> Structs { get; } =
        Items("structs", "structs")
            .ToDictionary(
                static item => Text(item, "name")!,
                static item => Members(item).Select(static member => StructIn(Text(member, "type"))).OfType<string>().ToArray()
            );

    // Those of other architectures are in namespaces of their own.
    private static IEnumerable<JsonElement> Items(string folder, string list) =>
        Specs
            .Paths.Where(path => path.StartsWith($"spec/kvm/{folder}/", StringComparison.Ordinal))
            .Select(static path => Specs.Read(path).RootElement)
            .Where(static file => Text(file, "namespace") is null or "VmcsGen.Kvm.Interop")
            .SelectMany(file => file.GetProperty(list).EnumerateArray());

    // Of a union one member at a time is there, so that its structs are not always part of it.
    private static IEnumerable<JsonElement> Members(JsonElement item) =>
        s_memberKeys
            .Where(key => item.TryGetProperty(key, out _))
            .SelectMany(key => item.GetProperty(key).EnumerateArray())
            .SelectMany(static member => Members(member).Prepend(member));

    private static string? StructIn(string? type) =>
        type is not null && StructName().Match(type) is { Success: true } match ? match.Groups[1].Value : null;

    private static string? Text(JsonElement item, string key) => item.TryGetProperty(key, out var value) ? value.GetString() : null;

    [GeneratedRegex(@"^struct (\w+)")]
    private static partial Regex StructName();
}
