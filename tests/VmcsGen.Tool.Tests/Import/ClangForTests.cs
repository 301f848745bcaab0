using System;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using VmcsGen.Tool.Clang;

namespace VmcsGen.Tool.Tests.Import;

/// <summary>The C front end that these tests use: that of the package, whatever else this machine has.</summary>
internal static class ClangForTests
{
    public static string Path { get; } =
        typeof(ClangForTests)
            .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(static attribute => attribute.Key == "LibClang")
            .Value!;

#pragma warning disable CA2255 // A test program is no library.
    [ModuleInitializer]
    internal static void Use() => Environment.SetEnvironmentVariable(ClangLibrary.Variable, Path);
#pragma warning restore CA2255
}
