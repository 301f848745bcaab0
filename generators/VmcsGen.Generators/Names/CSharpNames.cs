using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp;

namespace VmcsGen.Generators.Names;

/// <summary>How native names become C# names.</summary>
internal static class CSharpNames
{
    private static readonly Regex Reference = new(
        @"^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*(?:\([\w.?, ]*\))?\z",
        RegexOptions.CultureInvariant | RegexOptions.ECMAScript
    );

    /// <summary>What is said of a name that is none.</summary>
    public const string NameRule = "use the letters A to Z, digits and underscores, begin with no digit, and avoid the keywords of C#";

    /// <summary>What is said of a name that is none for a type.</summary>
    public const string TypeNameRule =
        "C# keeps what has no capital letter and no digit for itself, so begin the name of a type with a capital letter";

    /// <summary>Whether a name can be used as it is: letters, digits and underscores, not starting with a digit, no keyword.</summary>
    public static bool IsIdentifier(string name) => IsNative(name) && !IsKeyword(name);

    /// <summary>
    /// Whether an identifier can be the name of a type: C# warns of small letters alone, because keywords to come are made of them, and
    /// some words mean something where a type may stand.
    /// </summary>
    public static bool IsTypeName(string name) => name.Any(static c => c is not ((>= 'a' and <= 'z') or '_'));

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

    /// <summary>Whether a text is a type or member as documentation refers to it: Type, Type.Member or Type.Member(Type, Type?).</summary>
    public static bool IsReference(string text) => Reference.IsMatch(text);

    /// <summary>Whether a text is one or more identifiers with dots between them.</summary>
    public static bool IsNamespace(string name)
    {
        foreach (var part in name.Split('.'))
        {
            if (!IsIdentifier(part))
                return false;
        }
        return true;
    }

    /// <summary>A namespace and those that it lies in.</summary>
    public static IEnumerable<string> Namespaces(string name)
    {
        for (var end = name.IndexOf('.'); end >= 0; end = name.IndexOf('.', end + 1))
            yield return name.Substring(0, end);
        yield return name;
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

    /// <summary>A keyword becomes usable as a name: <c>event</c> becomes <c>@event</c>.</summary>
    public static string Escape(string name) => IsKeyword(name) ? "@" + name : name;

    private static bool IsKeyword(string name) => SyntaxFacts.GetKeywordKind(name) != SyntaxKind.None;

    private static bool IsStart(char c) => c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or '_';
}
