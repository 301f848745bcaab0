using System;
using System.IO;

namespace VmcsGen.Oracle.Tests.Headers;

/// <summary>A directory for the compiler's files, gone at the end.</summary>
internal sealed class ScratchDirectory : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("vmcsgen-oracle-");

    public string Path(string name) => System.IO.Path.Combine(_directory.FullName, name);

    public string Write(string name, string text)
    {
        File.WriteAllText(Path(name), text);
        return Path(name);
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
