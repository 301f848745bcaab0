using System;
using System.IO;
using System.Linq;
using System.Net.NetworkInformation;
using VmcsGen.Kvm.Tests.Testing;
using VmcsGen.Vmm.Tests.Testing;
using VmmSample;
using Xunit;

namespace VmcsGen.Vmm.Tests.Hostile;

/// <summary>A guest that accesses everything at random, and writes rubbish into its queues.</summary>
[Trait("Needs", "Kvm")]
public class HostileGuestTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Machine_survives_a_million_random_accesses(int seed)
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder.File("disk"), new byte[1 << 16]);
        using var host = TestHost.Open();
        using VirtioBlock disk = new(folder.File("disk"));
        using PcMachine machine = new(host, new() { MemorySize = HostileGuest.MemorySize });
        var serial = machine.AddSerialPort(Stream.Null);
        machine.AddSerialPort(Stream.Null);
        VirtioConsole console = new(Stream.Null);
        machine.AddVirtio(disk);
        machine.AddVirtio(console);
        machine.AddVirtio(new VirtioEntropy());
        using var link = StreamLink.Listen(folder.File("link"));
        machine.AddVirtio(new VirtioNet(machine.Loop, link, PhysicalAddress.Parse("52-54-00-12-34-56")));
        using VirtioVsock vsock = new(machine.Loop, 3, folder.File("vsock"));
        machine.AddVirtio(vsock);
        machine.AddFirmwareConfiguration().AddFile("opt/org.example/a", new byte[10_000]);
        TestDevices.AddTo(machine);
        machine.Loop.Start();
        HostileGuest guest = new(machine.Buses, machine.Vm.Memory, machine.StatefulDevices.OfType<VirtioMmioTransport>().Count(), seed);
        var requests = 0L;
        for (var left = TestHost.Many(500_000, 20_000, "VMCSGEN_ACCESSES"); left > 0; left--)
        {
            guest.Access(data =>
            {
                serial.TryReceive(data);
                console.Input(data);
            });
            requests = Math.Max(requests, disk.Requests);
        }

        Assert.True(requests > 0, "The disk was never reached, so the test tests little.");
        Assert.True(guest.Copies > 0, "No file was ever copied, so the test tests little.");
        Assert.Equal(1 << 16, new FileInfo(folder.File("disk")).Length);
        foreach (var device in machine.StatefulDevices)
            device.RestoreState(device.SaveState());
        using (machine.Pause()) { }
        Assert.False(machine.Loop.Ended.IsCompleted, $"{machine.Loop.Ended.Exception}");
    }
}
