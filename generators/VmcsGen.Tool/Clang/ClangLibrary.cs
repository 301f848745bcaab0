using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;

namespace VmcsGen.Tool.Clang;

/// <summary>Finds libclang, which is too large to come with this program.</summary>
internal static class ClangLibrary
{
    /// <summary>The environment variable that says where it is.</summary>
    public const string Variable = "VMCSGEN_LIBCLANG";

    // Newest first; what is named so, the loader finds by itself.
    private static readonly string[] s_names =
    [
        .. Enumerable.Range(14, 20).Reverse().SelectMany(static version => new[] { $"libclang.so.{version}", $"libclang-{version}.so.1" }),
        "libclang.so.1",
        "libclang.so",
    ];

    // Read by a function that every version since LLVM 9 has, and used before any other.
    private const string Witness = "clang_getTypedefDeclUnderlyingType";

    private static readonly Lazy<nint> s_handle = new(Find);

    static ClangLibrary() =>
        NativeLibrary.SetDllImportResolver(
            typeof(ClangLibrary).Assembly,
            static (name, _, _) => name == Native.Library ? s_handle.Value : 0
        );

    /// <summary>Loads the library, or says what to do.</summary>
    public static void Load() => _ = s_handle.Value;

    private static nint Find()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } path)
            return TryLoad(path, out var stated)
                ? stated
                : throw new InputException($"{Variable} names '{path}', which is no libclang that can be loaded.");
        foreach (var name in Candidates())
        {
            if (TryLoad(name, out var handle))
                return handle;
        }
        throw new InputException(
            "there is no libclang, which reads C headers. Install it (Debian: apt-get install libclang1), or take libclang.so from the NuGet "
                + $"package libclang.runtime.linux-x64, and name the file in the environment variable {Variable}."
        );
    }

    private static bool TryLoad(string name, out nint handle) =>
        NativeLibrary.TryLoad(name, out handle) && NativeLibrary.TryGetExport(handle, Witness, out _);

    private static IEnumerable<string> Candidates()
    {
        yield return Path.Combine(AppContext.BaseDirectory, "libclang.so");
        foreach (var name in s_names)
            yield return name;
        // Debian has the name without a number only here.
        foreach (var folder in Folders("/usr/lib", "llvm-*"))
            yield return Path.Combine(folder, "lib", "libclang.so.1");
    }

    private static IEnumerable<string> Folders(string parent, string pattern) =>
        Directory.Exists(parent) ? Directory.GetDirectories(parent, pattern).OrderDescending(StringComparer.Ordinal) : [];
}
