using System;
using System.IO;
using System.Linq;
using VmcsGen.Vmm.Tests.Testing;
using Xunit;

namespace VmcsGen.Vmm.Tests.Virtio;

/// <summary>A disk with something in each sector, and a driver in front of it.</summary>
public abstract class DiskWithDriver : IDisposable
{
    private protected const ushort Next = 1;
    private protected const ushort Write = 2;
    private protected const ushort Indirect = 4;
    private protected const int Sectors = 64;

    private protected DiskWithDriver()
    {
        File.WriteAllBytes(Folder.File("disk"), Content);
        Disk = new VirtioBlock(Folder.File("disk"));
        Driver = new TestDriver(Disk) { Negotiated = 1 << 9 | 1 << 28 };
    }

    private protected TemporaryFolder Folder { get; } = new();

    private protected byte[] Content { get; } = [.. Enumerable.Range(0, Sectors * 512).Select(static i => (byte)(i / 512 * 3 + i))];

    private protected VirtioBlock Disk { get; }

    private protected TestDriver Driver { get; }

    public void Dispose()
    {
        Driver.Dispose();
        Disk.Dispose();
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected void Sectors_of_a_working_device_are_read()
    {
        Request(0, sector: 1);
        Driver.Describe(1, TestDriver.Data + 0x1000, 512, Next | Write, 2);
        Driver.Describe(2, TestDriver.Data + 0x4000, 1, Write);
        Driver.Offer(0);
        Assert.Equal(Content[512..1024], Driver.Bytes(TestDriver.Data + 0x1000, 512));
    }

    private protected void Request(int index, ulong sector, uint type = 0, ulong table = TestDriver.Descriptors)
    {
        Driver.Memory.Write(TestDriver.Data, type);
        Driver.Memory.Write(TestDriver.Data + 8, sector);
        Driver.Describe(index, TestDriver.Data, 16, Next, (ushort)(index + 1), table);
    }
}
