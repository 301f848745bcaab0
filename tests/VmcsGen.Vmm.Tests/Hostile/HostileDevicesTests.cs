using System;
using System.IO;
using System.Linq;
using System.Net.NetworkInformation;
using System.Threading;
using VmcsGen.Kvm;
using VmcsGen.Kvm.Tests.Testing;
using VmcsGen.Vmm.Tests.Testing;
using Xunit;

namespace VmcsGen.Vmm.Tests.Hostile;

/// <summary>The devices of samples/Vmm without a VM, and a guest that accesses everything at random.</summary>
public class HostileDevicesTests
{
    private const ulong Start = 0x1_2345_6000_0000;

    private static readonly uint[] s_serialPorts = [0x3F8, 0x2F8];

    [Fact]
    public void Devices_survive_a_million_random_accesses_and_write_only_what_they_were_lent()
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder.File("disk"), new byte[1 << 16]);
        File.WriteAllBytes(folder.File("base"), new byte[1 << 16]);
        using var memory = GuestMemory.Allocate(HostileGuest.MemorySize);
        var seen = GuestPhysicalMemory.WithoutVm(Start, memory);
        using EventLoop loop = new();
        using VirtioBlock disk = new(folder.File("disk"));
        using VirtioBlock overlaid = new(OverlayDisk.InMemory(new FileDisk(folder.File("base"), isReadOnly: true)));
        using var link = StreamLink.Listen(folder.File("link"));
        using VirtioVsock vsock = new(loop, 3, folder.File("vsock"));
        VirtioConsole console = new(Stream.Null);
        VirtioNet net = new(loop, link, PhysicalAddress.Parse("52-54-00-12-34-56"));
        VirtioDevice[] virtio = [disk, overlaid, console, new VirtioEntropy(), net, vsock];

        var ends = 0;
        void End(MachineEnd _) => ends++;
        using CmosClock clock = new(memoryBelow4G: HostileGuest.MemorySize, line: new CountedLine(), loop: loop);
        AcpiHardware acpi = new(End, new CountedLine());
        PciHost pci = new(End);
        KeyboardController keyboard = new(End);
        FirmwareConfiguration firmware = new(seen);
        firmware.AddFile("opt/org.example/a", new byte[10_000]);
        var serials = s_serialPorts.Select(static _ => new SerialPort(Stream.Null, new CountedLine())).ToArray();
        var transports = virtio.Select(device => new VirtioMmioTransport(device, seen, new CountedLine())).ToArray();

        DeviceBuses buses = new();
        foreach (var (port, serial) in s_serialPorts.Zip(serials))
            buses.Ports.Add(port, SerialPort.PortCount, serial);
        buses.Ports.Add(CmosClock.FirstPort, CmosClock.PortCount, clock);
        buses.Ports.Add(AcpiHardware.FirstPort, AcpiHardware.PortCount, acpi);
        buses.Ports.Add(PciHost.FirstPort, PciHost.PortCount, pci);
        buses.Ports.Add(KeyboardController.DataPort, 1, keyboard);
        buses.Ports.Add(KeyboardController.CommandPort, 1, new OffsetDevice(keyboard, 4));
        buses.Ports.Add(DebugExitPort.FirstPort, DebugExitPort.PortCount, new DebugExitPort(End));
        buses.Ports.Add(FirmwareConfiguration.FirstPort, FirmwareConfiguration.PortCount, firmware);
        for (var i = 0; i < transports.Length; i++)
            buses.Mmio.Add(HostileGuest.FirstVirtio + 0x1000 * (ulong)i, VirtioMmioTransport.Size, transports[i]);

        loop.Start();
        HostileGuest guest = new(buses, seen, virtio.Length, seed: 1, Start);
        var requests = 0L;
        for (var left = TestHost.Many(1_000_000, 1_000_000, "VMCSGEN_ACCESSES"); left > 0; left--)
        {
            guest.Access(data =>
            {
                serials[0].TryReceive(data);
                console.Input(data);
            });
            requests = Math.Max(requests, Math.Min(disk.Requests, overlaid.Requests));
        }

        guest.RequireGuard();
        Assert.True(requests > 0, "A disk was never reached, so the test tests little.");
        Assert.True(guest.Copies > 0, "No file was ever copied, so the test tests little.");
        Assert.True(ends > 0, "The guest never ended the machine, so the test tests little.");
        Assert.Equal(1 << 16, new FileInfo(folder.File("disk")).Length);
        foreach (var device in (IStatefulDevice[])[.. serials, clock, acpi, pci, firmware, .. transports])
            device.RestoreState(device.SaveState());
        Assert.False(loop.Ended.IsCompleted, $"{loop.Ended.Exception}");
    }

    // Raised by the loop too.
    private sealed class CountedLine : IInterruptLine
    {
        private long _changes;

        public void SetLevel(bool isRaised) => Interlocked.Increment(ref _changes);
    }
}
