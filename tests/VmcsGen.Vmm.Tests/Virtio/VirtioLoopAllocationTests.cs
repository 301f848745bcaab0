using System;
using System.IO;
using Xunit;

namespace VmcsGen.Vmm.Tests.Virtio;

/// <summary>What serving costs.</summary>
[Trait("Needs", "Kvm")]
public class VirtioLoopAllocationTests
{
    [Fact]
    public void Serving_a_disk_allocates_nothing()
    {
        using MeteredDisk disk = new();
        using VirtioBlock block = new(disk);
        using RingingMachine guest = new(block, static code => RingingGuest.RingAndPoll(code, 400));
        guest.Driver.Begin();
        guest.Driver.Memory.Write(TestDriver.Data, 0u);
        guest.Driver.Describe(0, TestDriver.Data, 16, 1, 1);
        guest.Driver.Describe(1, TestDriver.Data + 0x1000, 512, 3, 2);
        guest.Driver.Describe(2, TestDriver.Data + 0x4000, 1, 2);
        guest.Machine.Start();
        Assert.Equal(RingingMachine.Done, guest.Wait());
        Assert.Equal((400, 0L), (disk.Reads, disk.Allocated));
    }

    /// <summary>A disk of zeros that knows what its thread allocated from the 200th read on.</summary>
    private sealed class MeteredDisk : DiskBacking
    {
        private long _before;

        public int Reads { get; private set; }

        public long Allocated { get; private set; }

        public override string Name => "metered";

        public override ulong Length => 1 << 20;

        public override bool IsReadOnly => true;

        public override void Read(ulong offset, Span<byte> destination)
        {
            destination.Clear();
            if (++Reads == 200)
                _before = GC.GetAllocatedBytesForCurrentThread();
            if (Reads > 200)
                Allocated = GC.GetAllocatedBytesForCurrentThread() - _before;
        }

        public override void Write(ulong offset, ReadOnlySpan<byte> source) => throw new IOException();

        public override void Flush() { }

        public override void WriteZeroes(ulong offset, ulong length, bool mayUnmap) => throw new IOException();

        public override void Discard(ulong offset, ulong length) => throw new IOException();

        protected override void Dispose(bool isDisposing) { }
    }
}
