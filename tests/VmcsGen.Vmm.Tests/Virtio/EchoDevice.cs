using System.Threading;

namespace VmcsGen.Vmm.Tests.Virtio;

/// <summary>A device that writes four bytes into each chain, one at a time, and knows on which thread it did.</summary>
internal sealed class EchoDevice(ManualResetEventSlim? mayServe = null) : VirtioDevice
{
    public EventLoop? Loop { get; set; }

    public int ServedOnLoop { get; private set; }

    public int ServedElsewhere { get; private set; }

    public ManualResetEventSlim Entered { get; } = new();

    public override uint DeviceId => 0x3F;

    public override int QueueCount => 2;

    public override bool Serve(int index, Virtqueue queue)
    {
        if (!queue.TryTake(out var chain))
            return false;
        Entered.Set();
        mayServe?.Wait(RingingMachine.Patience);
        if (Loop is { IsCurrent: true })
            ServedOnLoop++;
        else
            ServedElsewhere++;
        queue.Return(chain, (uint)chain.Write(0, [1, 2, 3, 4]));
        return true;
    }
}
