using System;
using System.IO;

namespace VmcsGen.Oracle.Tests.Support;

/// <summary>The repository around the running tests: specs are judged as they lie there.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>A file's path from the root, with forward slashes.</summary>
    public static string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    private static string Find()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "VmcsGen.sln")))
                return directory.FullName;
        }
        throw new DirectoryNotFoundException($"No directory above {AppContext.BaseDirectory} holds VmcsGen.sln.");
    }
}
