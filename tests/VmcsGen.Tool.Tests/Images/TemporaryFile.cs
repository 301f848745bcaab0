using System;
using System.IO;

namespace VmcsGen.Tool.Tests.Images;

/// <summary>A file that is gone at the end.</summary>
internal sealed class TemporaryFile : IDisposable
{
    public TemporaryFile(byte[] content) => File.WriteAllBytes(Path, content);

    public string Path { get; } = System.IO.Path.GetTempFileName();

    public void Dispose() => File.Delete(Path);
}
