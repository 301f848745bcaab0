using System.Text;

namespace VmcsGen.Generators.Names;

/// <summary>The part that asks nothing of the compiler.</summary>
internal static partial class CSharpNames
{
    /// <summary>Whether a name can be one in C. Keywords of C# are allowed: <c>base</c> becomes <c>Base</c>.</summary>
    public static bool IsNative(string name)
    {
        if (name.Length == 0 || name.Length > 200 || !IsStart(name[0]))
            return false;
        foreach (var c in name)
        {
            if (!IsStart(c) && c is not (>= '0' and <= '9'))
                return false;
        }
        return true;
    }

    /// <summary><c>guest_phys_addr</c> and <c>GUEST_PHYS_ADDR</c> become <c>GuestPhysAddr</c>.</summary>
    public static string Pascal(string native)
    {
        var name = new StringBuilder(native.Length);
        var startsWord = true;
        foreach (var c in native)
        {
            if (c == '_' || (!IsStart(c) && c is not (>= '0' and <= '9')))
                startsWord = true;
            else
            {
                name.Append(startsWord ? char.ToUpperInvariant(c) : char.ToLowerInvariant(c));
                startsWord = false;
            }
        }
        return name.ToString();
    }

    /// <summary>Makes a C# name of what follows a prefix, or of the whole name if it does not begin with the prefix.</summary>
    public static string Pascal(string native, string prefix) =>
        Pascal(native.StartsWith(prefix, System.StringComparison.Ordinal) ? native.Substring(prefix.Length) : native);

    private static bool IsStart(char c) => c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or '_';
}
