using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Kvm;

namespace VmcsGen.Benchmarks;

/// <summary>How costs grow: dotnet run -c Release --project tests/VmcsGen.Benchmarks -- scale [vms] [vcpus] [dirty] [generator]</summary>
internal static class Scale
{
    private static readonly Dictionary<string, Action> s_parts = new()
    {
        ["vms"] = VmScale.PrintVms,
        ["vcpus"] = VmScale.PrintVcpus,
        ["dirty"] = DirtyScale.Print,
        ["generator"] = GeneratorScale.Print,
    };

    public static int Print(string[] names)
    {
        if (names.FirstOrDefault(static n => !s_parts.ContainsKey(n)) is { } unknown)
        {
            Console.Error.WriteLine($"There is no table '{unknown}': {string.Join(", ", s_parts.Keys)}.");
            return 1;
        }
        foreach (var (name, print) in s_parts)
        {
            if (names.Length > 0 && !names.Contains(name))
                continue;
            if (name != "generator" && KvmHost.Probe() is { } unavailable)
                Console.WriteLine($"{name}: no guest can run here. {unavailable}");
            else
                print();
        }
        return 0;
    }
}
