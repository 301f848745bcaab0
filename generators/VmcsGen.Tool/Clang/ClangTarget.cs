using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using VmcsGen.Generators.Model;

namespace VmcsGen.Tool.Clang;

/// <summary>For which machine headers are read, and where they lie.</summary>
/// <param name="Triple">The machine, as compilers name it.</param>
/// <param name="Includes">Folders that are searched before those of the system.</param>
/// <param name="Definitions">Macros that are defined: NAME or NAME=VALUE.</param>
internal sealed record ClangTarget(string Triple, IReadOnlyList<string> Includes, IReadOnlyList<string> Definitions)
{
    /// <summary>The machine that specs are for.</summary>
    public const string X64 = "x86_64-linux-gnu";

    // By the words that triples begin with.
    private static readonly Dictionary<string, Architecture> s_architectures = new()
    {
        ["aarch64"] = Architecture.Arm64,
        ["riscv64"] = Architecture.Riscv64,
        ["s390x"] = Architecture.S390x,
        ["powerpc64le"] = Architecture.Ppc64le,
    };

    /// <summary>The machine as specs name it. What they have no name for is like x86-64 to them.</summary>
    public Architecture Architecture { get; } = s_architectures.GetValueOrDefault(Triple.Split('-')[0], Architecture.X64);

    /// <summary>The compiler's arguments.</summary>
    public IReadOnlyList<string> Arguments { get; } =
    [
        "-xc",
        "-std=gnu11",
        "-w",
        "-ferror-limit=0",
        $"--target={Triple}",
        .. Includes.SelectMany(static folder => new[] { "-isystem", folder }),
        .. CrossHeaders(Triple),
        .. Definitions.Select(static definition => "-D" + definition),
        // A libclang without the compiler around it lacks stddef.h and its like; those of any compiler will do.
        .. CompilerHeaders().SelectMany(static folder => new[] { "-idirafter", folder }),
    ];

    private static IEnumerable<string> CrossHeaders(string triple) =>
        triple != X64 && Directory.Exists($"/usr/{triple}/include") ? ["-isystem", $"/usr/{triple}/include"] : [];

    private static IEnumerable<string> CompilerHeaders() =>
        Folders("/usr/lib/clang", "*")
            .Concat(Folders("/usr/lib/llvm-*/lib/clang", "*"))
            .Concat(Folders("/usr/lib/gcc/x86_64-linux-gnu", "*"))
            .Select(static folder => Path.Combine(folder, "include"))
            .Where(Directory.Exists)
            .Take(1);

    private static IEnumerable<string> Folders(string parent, string pattern)
    {
        var star = parent.IndexOf('*', StringComparison.Ordinal);
        if (star >= 0)
        {
            var slash = parent.LastIndexOf('/', star);
            var end = parent.IndexOf('/', star);
            return Folders(parent[..slash], parent[(slash + 1)..end]).SelectMany(folder => Folders(folder + parent[end..], pattern));
        }
        return Directory.Exists(parent) ? Directory.GetDirectories(parent, pattern).OrderDescending(StringComparer.Ordinal) : [];
    }
}
