using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using VmcsGen.Vmx.Bochs;

namespace BareMetalHypervisor;

/// <summary>A PC with BIOS, disk and serial port, by the emulator Bochs.</summary>
internal static class EmulatedPc
{
    // Said by the kernel's last line, see Kernel/Power.cs.
    private const string LastLine = "The machine is switched off with status ";

    // Linux takes a minute where nobody else works.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(600);

    /// <summary>Boots a disk image and passes on what it writes to its serial port, until the machine is off.</summary>
    /// <param name="image">The disk image.</param>
    /// <param name="model">The CPU model, in Bochs' words.</param>
    /// <param name="disc">The image of a CD that the BIOS boots when the disk gives up; <see langword="null"/> for none.</param>
    /// <param name="story">Gets what comes from the serial port, line by line.</param>
    /// <returns>The status with which the program in the image ended.</returns>
    /// <exception cref="PlatformNotSupportedException">There is no Bochs here; the message says how to get it.</exception>
    /// <exception cref="IOException">The machine ended without a status, or did not end in time.</exception>
    public static int Boot(string image, string model, string? disc, Action<string> story)
    {
        if (!BochsInstallation.TryFind(out var program, out var reason))
            throw new PlatformNotSupportedException(reason);
        using var line = new BochsLine { ReadTimeout = (int)s_patience.TotalMilliseconds };
        using var machine = BochsProcess.Start(program, directory => Write(directory, program, image, model, disc, line.Path));
        using var patience = new Timer(_ => machine.Kill(), null, s_patience, Timeout.InfiniteTimeSpan);
        machine.Ended.ContinueWith(_ => line.End(), TaskScheduler.Default);
        var started = Stopwatch.GetTimestamp();
        var last = Copy(line, story);
        if (last.StartsWith(LastLine, StringComparison.Ordinal))
            return int.Parse(last[LastLine.Length..].TrimEnd('.'), CultureInfo.InvariantCulture);
        machine.Ended.Wait(s_patience);
        throw new IOException(
            (
                Stopwatch.GetElapsedTime(started) >= s_patience
                    ? $"The machine did not come to an end within {s_patience.TotalSeconds} s."
                    : "The machine ended before the program in the image did."
            ) + $" The emulator's last words:\n{machine.Output}"
        );
    }

    private static string Copy(BochsLine line, Action<string> story)
    {
        var text = new StringBuilder();
        var last = "";
        Span<byte> bytes = stackalloc byte[256];
        while (line.Read(bytes) is > 0 and var count)
        {
            foreach (var letter in bytes[..count])
            {
                // The terminal puts a carriage return before each line feed.
                if (letter == '\r')
                    continue;
                if (letter != '\n')
                {
                    text.Append((char)letter);
                    continue;
                }
                last = text.ToString();
                text.Clear();
                story(last);
            }
        }
        return last;
    }

    private static void Write(string directory, string program, string image, string model, string? disc, string line)
    {
        var cylinders = new FileInfo(image).Length / (512 * DiskImage.Heads * DiskImage.SectorsPerTrack);
        var roms = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(program)!, "..", "share", "bochs"));
        if (!File.Exists(Path.Combine(roms, "BIOS-bochs-latest")))
            throw new PlatformNotSupportedException(
                $"There is no BIOS in {roms}. Install it (Debian and Ubuntu: apt-get install bochsbios)."
            );
        // The fewest instructions a second are the fastest clock. A system that boots from a CD wants seconds that last, and isolinux does
        // not get over the #GP of MSRs that Bochs lacks.
        var (megabytes, speed, ignoresMsrs, second, boot) = disc is null
            ? (64, 1_000_000, 0, "", "disk")
            : (256, 50_000_000, 1, $"ata1-master: type=cdrom, path=\"{disc}\", status=inserted", "disk, cdrom");
        File.WriteAllText(Path.Combine(directory, BochsConfiguration.CommandsFile), "c\n");
        File.WriteAllText(
            Path.Combine(directory, BochsConfiguration.ConfigurationFile),
            $"""
            cpu: model={model}, ips={speed}, reset_on_triple_fault=0, ignore_bad_msrs={ignoresMsrs}
            megs: {megabytes}
            clock: sync=none
            romimage: file="{roms}/BIOS-bochs-latest"
            vgaromimage: file="{roms}/VGABIOS-lgpl-latest"
            ata1: enabled=1, ioaddr1=0x170, ioaddr2=0x370, irq=15
            ata0-master: type=disk, path="{image}", mode=flat, cylinders={cylinders}, heads={DiskImage.Heads}, spt={DiskImage.SectorsPerTrack}
            {second}
            boot: {boot}
            com1: enabled=1, mode=term, dev={line}
            display_library: {BochsInstallation.Display}
            speaker: enabled=0
            sound: driver=dummy
            log: /dev/stderr
            panic: action=fatal
            error: action=report
            info: action=ignore
            debug: action=ignore

            """
        );
    }
}
