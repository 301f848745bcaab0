using System;
using System.IO;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

/// <summary>
/// A file that takes the place of another when it is complete. Until then it has a name of its own beside it, and only its owner
/// may read it: memory of guests is in it.
/// </summary>
internal sealed class ReplacedFile : IDisposable
{
    private readonly string _path;
    private readonly string _part;
    private bool _isCommitted;

    internal ReplacedFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _path = path;
        _part = $"{path}.{Guid.NewGuid():N}.part";
        FileStreamOptions options = new()
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            BufferSize = 0,
            Options = FileOptions.Asynchronous,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Stream = new FileStream(_part, options);
    }

    internal FileStream Stream { get; }

    /// <summary>Puts the file in its place, after its bytes have reached the disk.</summary>
    internal void Commit()
    {
        Stream.Flush(flushToDisk: true);
        Stream.Dispose();
        File.Move(_part, _path, overwrite: true);
        _isCommitted = true;
        if (OperatingSystem.IsLinux())
            Libc.SynchronizeFolder(Path.GetDirectoryName(Path.GetFullPath(_path))!);
    }

    /// <summary>Removes the file unless it is in its place.</summary>
    public void Dispose()
    {
        Stream.Dispose();
        if (!_isCommitted)
            File.Delete(_part);
    }
}
