using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;

namespace VmcsGen.Kvm.Tests.State;

/// <summary>A folder of a test's own, with a path for a file.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory().FullName;

    public string File => System.IO.Path.Combine(Path, "state");

    /// <summary>What the file takes on the disk: stat(1) counts blocks of 512 bytes.</summary>
    public long AllocatedBytes
    {
        get
        {
            using var stat = Process.Start(new ProcessStartInfo("stat", ["-c", "%b", File]) { RedirectStandardOutput = true })!;
            var blocks = stat.StandardOutput.ReadToEnd();
            stat.WaitForExit();
            return 512 * long.Parse(blocks, CultureInfo.InvariantCulture);
        }
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
