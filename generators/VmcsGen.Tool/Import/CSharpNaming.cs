using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using VmcsGen.Generators.Names;

namespace VmcsGen.Tool.Import;

/// <summary>Finds C# names that nothing else has.</summary>
internal static class CSharpNaming
{
    // What every type has from System.Object.
    private static readonly string[] s_members =
    [
        nameof(Equals),
        "Finalize",
        nameof(GetHashCode),
        nameof(GetType),
        nameof(MemberwiseClone),
        nameof(ReferenceEquals),
        nameof(ToString),
    ];

    /// <summary>A name, or one like it that is free.</summary>
    public static string Free(string name, IReadOnlySet<string> taken, string suffix = "Value")
    {
        if (name.Length == 0 || char.IsAsciiDigit(name[0]))
            name = "_" + name;
        if (IsFree(name))
            return name;
        if (IsFree(name + suffix))
            return name + suffix;
        return Enumerable
            .Range(2, int.MaxValue - 2)
            .Select(number => name + suffix + number.ToString(CultureInfo.InvariantCulture))
            .First(IsFree);

        bool IsFree(string other) => !taken.Contains(other) && !s_members.Contains(other);
    }

    /// <summary>Whether what follows a prefix makes a C# name.</summary>
    public static bool CanFollow(string name, string prefix) => CSharpNames.IsNative(CSharpNames.Pascal(name, prefix));
}
