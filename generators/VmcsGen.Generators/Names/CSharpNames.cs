using System.Collections.Generic;
using System.Text;
using System.Text.RegularExpressions;

namespace VmcsGen.Generators.Names;

/// <summary>How native names become C# names.</summary>
internal static class CSharpNames
{
    private static readonly Regex Reference = new(
        @"^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*(?:\([\w.?, ]*\))?$",
        RegexOptions.CultureInvariant | RegexOptions.ECMAScript
    );

    private static readonly HashSet<string> Keywords =
    [
        "abstract",
        "as",
        "base",
        "bool",
        "break",
        "byte",
        "case",
        "catch",
        "char",
        "checked",
        "class",
        "const",
        "continue",
        "decimal",
        "default",
        "delegate",
        "do",
        "double",
        "else",
        "enum",
        "event",
        "explicit",
        "extern",
        "false",
        "finally",
        "fixed",
        "float",
        "for",
        "foreach",
        "goto",
        "if",
        "implicit",
        "in",
        "int",
        "interface",
        "internal",
        "is",
        "lock",
        "long",
        "namespace",
        "new",
        "null",
        "object",
        "operator",
        "out",
        "override",
        "params",
        "private",
        "protected",
        "public",
        "readonly",
        "ref",
        "return",
        "sbyte",
        "sealed",
        "short",
        "sizeof",
        "stackalloc",
        "static",
        "string",
        "struct",
        "switch",
        "this",
        "throw",
        "true",
        "try",
        "typeof",
        "uint",
        "ulong",
        "unchecked",
        "unsafe",
        "ushort",
        "using",
        "virtual",
        "void",
        "volatile",
        "while",
    ];

    /// <summary>Whether a name can be used as it is: letters, digits and underscores, not starting with a digit, no keyword.</summary>
    public static bool IsIdentifier(string name) => IsNative(name) && !Keywords.Contains(name);

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

    /// <summary>One or more identifiers with dots between them.</summary>
    /// <summary>Whether a text is a type or member as documentation refers to it: Type, Type.Member or Type.Member(Type, Type?).</summary>
    public static bool IsReference(string text) => Reference.IsMatch(text);

    public static bool IsNamespace(string name)
    {
        foreach (var part in name.Split('.'))
        {
            if (!IsIdentifier(part))
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

    /// <summary>A keyword becomes usable as a name: <c>event</c> becomes <c>@event</c>.</summary>
    public static string Escape(string name) => Keywords.Contains(name) ? "@" + name : name;

    private static bool IsStart(char c) => c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or '_';
}
