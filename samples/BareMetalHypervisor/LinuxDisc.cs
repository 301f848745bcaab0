using System.IO;

namespace BareMetalHypervisor;

/// <summary>A CD with Debian's kernel and one program, <c>Linux/init.S</c>, that says from inside what CPUID says.</summary>
internal static class LinuxDisc
{
    /// <summary>Makes its image. The kernel comes from Debian's package, as in the labs, and is kept in their cache.</summary>
    /// <param name="directory">Where it goes.</param>
    /// <returns>Its path.</returns>
    /// <exception cref="ToolException">A tool is missing or fails.</exception>
    public static string Build(string directory)
    {
        var disc = Path.Combine(directory, "linux.iso");
        Tool.Gcc.Run(directory, "-nostdlib", "-static", "-no-pie", Path.Combine(BuildFacts.Parts, "Linux", "init.S"), "-o", "init");
        Tool.Bash.Run(directory, BuildFacts.DiscScript, "init", disc);
        return disc;
    }
}
