using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Kvm;

namespace VmcsGen.Benchmarks;

/// <summary>
/// How costs grow: dotnet run -c Release --project tests/VmcsGen.Benchmarks -- scale [--plots DIRECTORY] [vms] [vcpus] [dirty] [generator]
/// </summary>
internal static class Scale
{
    private static readonly Dictionary<string, Action<Action<ScaleTable>>> s_parts = new()
    {
        ["vms"] = VmScale.PrintVms,
        ["vcpus"] = VmScale.PrintVcpus,
        ["dirty"] = DirtyScale.Print,
        ["generator"] = GeneratorScale.Print,
    };

    public static int Print(string[] names)
    {
        string? plots = null;
        if (names is ["--plots", var directory, .. var rest])
            (plots, names) = (directory, rest);
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
                print(Show);
        }
        return 0;

        void Show(ScaleTable table)
        {
            table.Print();
            if (plots is not null)
                ScalePlot.Write(table, plots);
        }
    }
}
