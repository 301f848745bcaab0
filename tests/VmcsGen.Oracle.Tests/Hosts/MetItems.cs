using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Oracle.Tests.Support;

namespace VmcsGen.Oracle.Tests.Hosts;

/// <summary>Which items of the interface the tests met on which host, and why the others cannot be met.</summary>
internal sealed class MetItems
{
    private readonly Dictionary<string, string> _carriers;

    public MetItems()
    {
        var known = Specs.Read("tests/hosts/known.yaml").RootElement;
        _carriers = known
            .GetProperty("carriers")
            .EnumerateObject()
            .ToDictionary(static one => one.Name, static one => one.Value.GetString()!);
        Reasons = known
            .GetProperty("reasons")
            .EnumerateArray()
            .SelectMany(static one =>
                one.GetProperty("items")
                    .EnumerateArray()
                    .Select(item => KeyValuePair.Create(item.GetString()!, one.GetProperty("reason").GetString()!))
            )
            .ToDictionary();
    }

    public IReadOnlyList<HostRecord> Hosts { get; } = HostRecord.ReadAll();

    /// <summary>What keeps all hosts from having an item.</summary>
    public IReadOnlyDictionary<string, string> Reasons { get; }

    /// <summary>Structs that are met where something else is: an ioctl, an exit, or a test by class and method.</summary>
    public IReadOnlyDictionary<string, string> Carriers => _carriers;

    /// <summary>The class of a test that met an ioctl or exit on a host.</summary>
    public static string? TestOf(string item, HostRecord host) => host.Met.GetValueOrDefault(item);

    /// <summary>
    /// The class of a test that met a struct on a host: its own carrier's, its ioctl's, or that of a struct that it is part of.
    /// </summary>
    public string? TestOfStruct(string name, HostRecord host)
    {
        if (_carriers.TryGetValue(name, out var carrier))
            return carrier.Contains('.', StringComparison.Ordinal)
                ? host.HasPassed(carrier)
                    ? carrier[..carrier.LastIndexOf('.')]
                    : null
                : TestOf(carrier, host);
        return InterfaceItems
            .Ioctls.Where(ioctl => ioctl.Value == name)
            .Select(ioctl => TestOf(ioctl.Key, host))
            .Concat(InterfaceItems.Structs.Where(whole => whole.Value.Contains(name)).Select(whole => TestOfStruct(whole.Key, host)))
            .FirstOrDefault(static test => test is not null);
    }
}
