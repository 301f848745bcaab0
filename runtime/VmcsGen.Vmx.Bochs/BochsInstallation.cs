using System;
using System.IO;

namespace VmcsGen.Vmx;

/// <summary>Finds the emulator.</summary>
internal static class BochsInstallation
{
    internal const string Program = "bochs";

    private const string Remedy = "Install it (Debian and Ubuntu: apt-get install bochs), or put its directory on the PATH.";

    internal static bool TryFind(out string path, out string? reason)
    {
        path = "";
        reason = null;
        if (!OperatingSystem.IsLinux())
        {
            reason = "Bochs is started on Linux only: the process that ends it with this one is a shell.";
            return false;
        }
        foreach (var directory in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator))
        {
            path = Path.Combine(directory, Program);
            if (directory.Length > 0 && File.Exists(path))
                return true;
        }
        reason = $"There is no {Program} on the PATH. {Remedy}";
        return false;
    }
}
