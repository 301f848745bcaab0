using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net.NetworkInformation;
using VmcsGen.Vmm;

namespace VmmSample;

/// <summary>What the command line says.</summary>
internal sealed record Options
{
    public const string Usage = """
        Usage: dotnet run -c Release --project samples/Vmm -- [--kernel FILE] [options]

        Without a kernel it runs a guest of a few bytes that says hello.

          --kernel FILE    a bzImage, a vmlinux, or another ELF or multiboot image
          --initrd FILE    an initial file system
          --append TEXT    more for the command line
          --memory MIB     memory of the guest (256)
          --cpus N         its processors (1)
          --disk FILE      a disk, which the guest writes; may be repeated
          --overlay FILE   keeps what the guest writes to the disk in front of it; the disk itself is only read
          --net PLACE      a network interface: tap:NAME, a UNIX socket on which a peer listens, or listen:PATH for one where it calls
          --mac ADDRESS    the interface's address (52-54-00-12-34-56)
          --vsock PATH     sockets between guest and host: the guest has address 3, the host's UNIX socket is PATH
          --fw-cfg ITEM    NAME=FILE: a file that the guest finds by this name, opt/..., in QEMU's firmware configuration device; may be
                           repeated
          --gdb PLACE      waits for gdb on a port of 127.0.0.1, or on a UNIX socket if PLACE is a path
          --snapshot FILE  where Ctrl-A s writes the machine
          --restore FILE   goes on from there instead of beginning; the other options are to be the same
          --core FILE      where Ctrl-A c writes a core, which gdb opens
          --testdev yes    adds the devices of kvm-unit-tests, behind which a guest sees its own accesses and sets interrupt lines
          --metrics yes    says at the end what the guest did
          --seccomp WHAT   what becomes of system calls that the monitor does not need while the guest runs: they fail, or with kill they end
                           the monitor; with no there is no filter

        On the terminal, Ctrl-A x ends the machine, Ctrl-A p presses its power button, Ctrl-A s writes a snapshot and ends, Ctrl-A c writes
        a core, Ctrl-A Ctrl-A sends Ctrl-A.
        """;

    public string? Kernel { get; private init; }
    public string? Initrd { get; private init; }
    public string Append { get; private init; } = "";
    public ulong MemoryMib { get; private init; } = 256;
    public int Processors { get; private init; } = 1;
    public IReadOnlyList<DiskOption> Disks { get; private init; } = [];
    public string? Net { get; private init; }
    public PhysicalAddress Mac { get; private init; } = new([0x52, 0x54, 0, 0x12, 0x34, 0x56]);
    public string? Vsock { get; private init; }
    public IReadOnlyList<(string Name, string Path)> FirmwareFiles { get; private init; } = [];
    public string? Gdb { get; private init; }
    public string? Snapshot { get; private init; }
    public string? Restore { get; private init; }
    public string? Core { get; private init; }
    public bool HasTestDevices { get; private init; }
    public bool HasMetrics { get; private init; }
    public SeccompAction? Filter { get; private init; } = SeccompAction.Fail;

    /// <summary>Reads the command line; null, with a message on standard error, if it makes no sense.</summary>
    public static Options? Parse(string[] args)
    {
        var options = new Options();
        for (var i = 0; i < args.Length; i += 2)
        {
            if (i + 1 == args.Length)
                return Refuse($"{args[i]} needs a value behind it.");
            var value = args[i + 1];
            switch (args[i])
            {
                case "--kernel":
                    options = options with { Kernel = value };
                    break;
                case "--initrd":
                    options = options with { Initrd = value };
                    break;
                case "--append":
                    options = options with { Append = value };
                    break;
                case "--memory" when ulong.TryParse(value, CultureInfo.InvariantCulture, out var mib) && mib is >= 2 and <= 1 << 20:
                    options = options with { MemoryMib = mib & ~1UL };
                    break;
                case "--cpus" when int.TryParse(value, CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= 254:
                    options = options with { Processors = count };
                    break;
                case "--disk":
                    options = options with { Disks = [.. options.Disks, new(value, Overlay: null)] };
                    break;
                case "--overlay" when options.Disks is [.., { Overlay: null } last]:
                    options = options with { Disks = [.. options.Disks.SkipLast(1), last with { Overlay = value }] };
                    break;
                case "--net":
                    options = options with { Net = value };
                    break;
                case "--mac" when PhysicalAddress.TryParse(value, out var address):
                    options = options with { Mac = address };
                    break;
                case "--vsock":
                    options = options with { Vsock = value };
                    break;
                case "--fw-cfg" when value.Split('=', 2) is [var name, var path]:
                    options = options with { FirmwareFiles = [.. options.FirmwareFiles, (name, path)] };
                    break;
                case "--gdb":
                    options = options with { Gdb = value };
                    break;
                case "--snapshot":
                    options = options with { Snapshot = value };
                    break;
                case "--restore":
                    options = options with { Restore = value };
                    break;
                case "--core":
                    options = options with { Core = value };
                    break;
                case "--seccomp" when value is "yes" or "no" or "kill":
                    options = options with
                    {
                        Filter = value switch
                        {
                            "yes" => SeccompAction.Fail,
                            "kill" => SeccompAction.KillProcess,
                            _ => null,
                        },
                    };
                    break;
                case "--testdev":
                    options = options with { HasTestDevices = value == "yes" };
                    break;
                case "--metrics":
                    options = options with { HasMetrics = value == "yes" };
                    break;
                default:
                    return Refuse($"'{args[i]} {value}' is no option.");
            }
        }
        return options;
    }

    private static Options? Refuse(string problem)
    {
        Console.Error.WriteLine($"{problem}\n\n{Usage}");
        return null;
    }
}
