using System.IO;
using VmcsGen.Vmx.RingZero;

namespace VmcsGen.Vmx.Bochs;

/// <summary>The files of a Bochs machine.</summary>
internal static class BochsConfiguration
{
    internal const string ConfigurationFile = "bochsrc";
    internal const string CommandsFile = "commands";
    private const string RomFile = "agent.rom";

    /// <param name="directory">Where they go.</param>
    /// <param name="model">The CPU model.</param>
    /// <param name="megabytes">Memory.</param>
    /// <param name="processors">How many processors.</param>
    /// <param name="line">The device that is the serial port's other end.</param>
    internal static void Write(string directory, string model, int megabytes, int processors, string line)
    {
        var rom = Path.Combine(directory, RomFile);
        File.WriteAllBytes(rom, AgentRom.Bytes);
        // Where Bochs was built with its debugger it waits for a command first: continue.
        File.WriteAllText(Path.Combine(directory, CommandsFile), "c\n");
        File.WriteAllText(Path.Combine(directory, ConfigurationFile), Text(rom, model, megabytes, processors, line));
    }

    // The fewest instructions a second that Bochs knows: its clock, and with it the serial line, runs fastest then. Without
    // ignore_bad_msrs=0 an absent MSR reads as 0. The term display is the one that listens to nobody: it makes a pseudo-terminal of
    // its own, and refuses "-", the standard error stream, as the log.
    private static string Text(string rom, string model, int megabytes, int processors, string line) =>
        $"""
            cpu: count={processors}, model={model}, ips=1000000, reset_on_triple_fault=0, ignore_bad_msrs=0
            megs: {megabytes}
            romimage: file="{rom}", address=0x{AgentRom.Address:x}
            com1: enabled=1, mode=term, dev={line}
            display_library: {BochsInstallation.Display}
            speaker: enabled=0
            sound: driver=dummy
            log: /dev/stderr
            panic: action=fatal
            error: action=report
            info: action=ignore
            debug: action=ignore

            """;
}
