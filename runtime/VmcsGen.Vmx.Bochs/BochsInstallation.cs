using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace VmcsGen.Vmx.Bochs;

/// <summary>Finds the emulator.</summary>
internal static class BochsInstallation
{
    internal const string Program = "bochs";

    /// <summary>The display: of those that there are it alone neither listens nor needs a screen.</summary>
    internal const string Display = "term";

    private const string Plugins = "bochs/plugins";
    private const string DisplayPlugin = $"libbx_{Display}_gui.so";

    private static readonly string[] s_libraries = ["lib", "lib64"];

    private const string Remedy = "Install it (Debian and Ubuntu: apt-get install bochs bochs-term), or put its directory on the PATH.";

    /// <summary>What to do where the emulator lacks its display.</summary>
    internal const string DisplayRemedy =
        $"This Bochs has no display '{Display}', the one that opens no port. Install it (Debian and Ubuntu: apt-get install bochs-term).";

    internal static bool TryFind(out string path, out string? reason)
    {
        path = "";
        reason = null;
        if (!OperatingSystem.IsLinux())
        {
            reason = "Bochs is started on Linux only: the process that ends it with this one is a shell.";
            return false;
        }
        foreach (var directory in Split("PATH"))
        {
            path = Path.Combine(directory, Program);
            if (!File.Exists(path))
                continue;
            reason = LacksDisplay(directory) ? DisplayRemedy : null;
            return reason is null;
        }
        reason = $"There is no {Program} on the PATH. {Remedy}";
        return false;
    }

    // A Bochs without any plugins has its displays built in, and says itself what it lacks.
    private static bool LacksDisplay(string programs)
    {
        var plugins = PluginDirectories(programs).Where(Directory.Exists).ToArray();
        return plugins.Length != 0 && !plugins.Any(static directory => File.Exists(Path.Combine(directory, DisplayPlugin)));
    }

    // Where the loader looks (libltdl), and where distributions put them: lib, lib64 or lib/x86_64-linux-gnu beside bin.
    private static IEnumerable<string> PluginDirectories(string programs)
    {
        if (Split("LTDL_LIBRARY_PATH") is { Length: not 0 } given)
            return given;
        var libraries = s_libraries.Select(name => Path.GetFullPath(Path.Combine(programs, "..", name))).Where(Directory.Exists).ToArray();
        return libraries
            .Concat(libraries.SelectMany(Directory.GetDirectories))
            .Select(static directory => Path.Combine(directory, Plugins));
    }

    private static string[] Split(string variable) =>
        (Environment.GetEnvironmentVariable(variable) ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
}
