using System.IO;
using System.Linq;
using System.Text;

namespace VmcsGen.Generators.Units;

/// <summary>
/// The sources of the runtime on which generated VMX code stands. They are part of this assembly as text, for projects that
/// have no runtime: the same files, with VMCSGEN_FREESTANDING defined.
/// </summary>
internal static class SupportSources
{
    private const string Prefix = "Support.";
    private const string Suffix = ".cs";

    /// <summary>The attribute with native names, by itself.</summary>
    public static SupportUnit NativeName => new(new("NativeNameAttribute.g.cs", "VmcsGen", "internal"), "NativeNameAttribute");

    public static string[] Names =>
        typeof(SupportSources)
            .Assembly.GetManifestResourceNames()
            .Where(static name => name.StartsWith(Prefix, System.StringComparison.Ordinal))
            .Select(static name => name.Substring(Prefix.Length, name.Length - Prefix.Length - Suffix.Length))
            .OrderBy(static name => name, System.StringComparer.Ordinal)
            .ToArray();

    public static string Read(string name)
    {
        using var stream = typeof(SupportSources).Assembly.GetManifestResourceStream(Prefix + name + Suffix)!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().Replace("\r", "");
    }
}
