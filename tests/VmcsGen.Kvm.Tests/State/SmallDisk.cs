using System;
using System.Diagnostics;
using System.IO;
using Xunit;

namespace VmcsGen.Kvm.Tests.State;

/// <summary>A file system in memory that is soon full. Only root can mount one.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    public static SmallDisk Mount(string size)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can mount a file system of a given size.");
        var path = Directory.CreateTempSubdirectory().FullName;
        Run("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", path);
        return new(path);
    }

    public void Resize(string size) => Run("mount", "-o", $"remount,size={size}", Path);

    public void Dispose()
    {
        Run("umount", Path);
        Directory.Delete(Path);
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
