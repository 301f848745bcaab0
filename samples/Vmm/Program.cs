using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Net;
using System.Net.Sockets;
using VmcsGen.Kvm;
using VmcsGen.Vmm;
using VmmSample;

const uint GuestCid = 3;

// A virtual machine monitor that boots Linux. The parts are the package's; this puts them together and says what happens.
if (Options.Parse(args) is not { } options)
    return 2;
if (!KvmHost.TryOpen(out var host, out var unavailable))
{
    Console.Error.WriteLine($"No guest can run here: {unavailable.Message}\n{unavailable.Remedy}");
    return 2;
}

try
{
    using (host)
        return Run(host, options);
}
catch (Exception e)
    when (e
            is ImageException
                or IOException
                or InvalidDataException
                or UnauthorizedAccessException
                or ArgumentException
                or SystemCallException
                or VcpuException
                or SocketException
    )
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

static int Run(KvmHost host, Options options)
{
    // A PC with memory, processors, a clock, ACPI hardware, and what resets it and turns it off.
    using var machine = new PcMachine(host, new() { MemorySize = options.MemoryMib << 20, Processors = options.Processors });

    // Its console is a serial port.
    using var output = Console.OpenStandardOutput();
    var serial = machine.AddSerialPort(output);

    // Disks, and random bytes so that the guest need not wait for some.
    using var disks = new Disks(options.Disks);
    foreach (var disk in disks.All)
        machine.AddVirtio(disk);
    machine.AddVirtio(new VirtioEntropy());

    // Files that it is given by QEMU's firmware configuration device.
    if (options.FirmwareFiles.Count > 0)
        AddFirmwareFiles(machine.AddFirmwareConfiguration(), options.FirmwareFiles);

    // A network interface, and sockets between guest and host.
    using var link = options.Net is { } net ? LinkTo(net) : null;
    if (link is not null)
        machine.AddVirtio(new VirtioNet(machine.Loop, link, options.Mac));
    using var vsock = options.Vsock is { } socket ? new VirtioVsock(machine.Loop, GuestCid, socket) : null;
    if (vsock is not null)
        machine.AddVirtio(vsock);

    if (options.HasTestDevices)
        TestDevices.AddTo(machine);

    // What it runs, and what that is told.
    using var kernelFile = options.Kernel is { } file ? ImageFile.Open(file) : ImageFile.FromMemory("greeting", GreetingGuest.Code);
    using var initrd = options.Initrd is { } path ? ImageFile.Open(path) : null;
    var kernel = options.Kernel is null
        ? new FlatImage(kernelFile, GreetingGuest.Address, BootProtocol.RealMode)
        : GuestImage.Parse(kernelFile);
    var commandLine = new CommandLine();
    if (kernel.Protocol is BootProtocol.Linux64 or BootProtocol.Pvh)
        commandLine.Add("console", "ttyS0").Add("reboot", "k").Add("panic", "-1");
    if (options.Restore is { } saved)
        Restore(machine, saved);
    else
        machine.Load(kernel, commandLine.AddText(options.Append), initrd);

    // Keys go to the guest while it runs, but for those behind Ctrl-A.
    using var terminal = RawTerminal.Enter();
    using var input = Console.OpenStandardInput();
    using var keys = new SerialInput(input, serial, new ConsoleKeys(machine, options).Filter);

    // A debugger sees the guest before its first instruction.
    using var gdb = options.Gdb is { } place ? new GdbServer(machine.Threads, machine.Vm.Memory, EndPointOf(place)) : null;
    if (gdb is not null)
    {
        machine.ExitFilter = gdb.Serve;
        gdb.Start(stopFirst: true);
        Console.Error.WriteLine($"The guest waits for gdb: target remote {gdb.LocalEndPoint}");
    }

    using var metrics = options.HasMetrics ? new ExitCounts() : null;

    // From here on, a guest that breaks out of a device can start no program and reach no other process.
    if (options.Filter is { } refusal)
        SeccompFilter.ForVmm(refusal, connects: vsock is not null).ApplyToProcess();
    var start = Stopwatch.GetTimestamp();
    machine.Start();
    var end = machine.Wait();
    terminal.Dispose();
    Console.WriteLine($"{end.Reason} after {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s.");
    metrics?.Print(Console.Error);
    return end.Reason switch
    {
        MachineEndReason.PowerOff or MachineEndReason.Reset or MachineEndReason.Stopped => 0,
        MachineEndReason.DebugExit => (int)end.Code,
        _ => 1,
    };
}

static void AddFirmwareFiles(FirmwareConfiguration firmware, IEnumerable<(string Name, string Path)> files)
{
    foreach (var (name, path) in files)
    {
        using var file = ImageFile.Open(path);
        firmware.AddFile(name, file);
    }
}

static void Restore(PcMachine machine, string path)
{
    using var file = File.OpenRead(path);
    foreach (var gap in machine.Restore(file))
        Console.Error.WriteLine($"Not taken by this host: {gap}");
}

static NetworkLink LinkTo(string place) =>
    place.StartsWith("tap:", StringComparison.Ordinal) ? new TapLink(place[4..])
    : place.StartsWith("listen:", StringComparison.Ordinal) ? StreamLink.Listen(place[7..])
    : StreamLink.Connect(place);

static EndPoint EndPointOf(string place) =>
    ushort.TryParse(place, out var port) ? new IPEndPoint(IPAddress.Loopback, port) : new UnixDomainSocketEndPoint(place);
