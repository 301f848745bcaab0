using System;
using System.IO;

namespace VmcsGen.Vmm.Tests.Testing;

/// <summary>A folder for the time of a test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("vmm-test").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Makes a file.</summary>
    public string File(string name, byte[] content)
    {
        System.IO.File.WriteAllBytes(File(name), content);
        return File(name);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
