using System;
using System.Linq;
using System.Reflection;

namespace BareMetalHypervisor;

/// <summary>What only the project file knows.</summary>
internal static class BuildFacts
{
    /// <summary>NativeAOT's compiler.</summary>
    public static string Ilc => Find(nameof(Ilc));

    /// <summary>The directory with the compiled C# and the assembly.</summary>
    public static string Parts => Find(nameof(Parts));

    /// <summary>The script that makes CDs with Debian's kernel.</summary>
    public static string DiscScript => Find(nameof(DiscScript));

    private static string Find(string key) =>
        typeof(BuildFacts).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(metadata => metadata.Key == key)?.Value
        ?? throw new InvalidOperationException($"The project file states '{key}', but the assembly does not.");
}
