using System;
using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Tool.Headers;

/// <summary>The headers that are read, as C includes them: <c>linux/kvm.h</c>.</summary>
internal sealed record HeaderSet
{
    /// <param name="names">Their names.</param>
    public HeaderSet(IReadOnlyList<string> names)
    {
        foreach (var name in names)
        {
            if (name.StartsWith('/') || name.StartsWith('.') || !name.EndsWith(".h", StringComparison.Ordinal) || name.Any(IsForbidden))
                throw new InputException(
                    $"'{name}' is no header as C includes it. Write linux/kvm.h, and name the folder that linux lies in with --include."
                );
        }
        Names = names;
    }

    /// <summary>Their names.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>C that includes them, and what most of them take for granted.</summary>
    public string Source =>
        "#include <linux/types.h>\n#include <linux/ioctl.h>\n"
        + string.Concat(Names.Select(static name => $"#include <{name}>\n"))
        + "typedef __SIZE_TYPE__ size_t;\n#ifndef offsetof\n#define offsetof(type, member) __builtin_offsetof(type, member)\n#endif\n";

    /// <summary>The header that a file is; null for any other.</summary>
    public string? Find(string file) => Names.FirstOrDefault(name => file.EndsWith("/" + name, StringComparison.Ordinal));

    private static bool IsForbidden(char c) => c is '>' or '"' or '\\' || char.IsControl(c);
}
