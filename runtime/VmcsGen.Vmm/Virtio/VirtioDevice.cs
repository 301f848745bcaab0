using System;

namespace VmcsGen.Vmm;

/// <summary>
/// What is behind a virtio transport: a disk, a console. The transport calls it under a lock of its own, on the thread of the vCPU that
/// caused the call.
/// </summary>
public abstract class VirtioDevice
{
    /// <summary>The kind of device. Source: VIRTIO 1.2, 5.</summary>
    public abstract uint DeviceId { get; }

    /// <summary>Number of queues, 1 to 4.</summary>
    public abstract int QueueCount { get; }

    /// <summary>Features of this kind of device, below bit 24.</summary>
    public virtual ulong Features => 0;

    /// <summary>Most descriptors of a queue: a power of two.</summary>
    public virtual ushort QueueSize => 256;

    /// <summary>Reads the configuration; bytes behind its end are 0.</summary>
    /// <param name="offset">Where.</param>
    /// <param name="data">To be filled; zero at first.</param>
    public virtual void ReadConfiguration(uint offset, Span<byte> data) { }

    /// <summary>Serves what the driver offers in a queue.</summary>
    /// <param name="index">Which queue.</param>
    /// <param name="queue">The queue.</param>
    /// <returns>Whether chains were given back.</returns>
    /// <exception cref="VirtqueueException">The guest breaks the rules.</exception>
    public abstract bool Serve(int index, Virtqueue queue);

    /// <summary>Forgets what belongs to the driver.</summary>
    public virtual void Reset() { }

    /// <summary>What tells the guest of things that it did not cause, such as input; null until the device has a transport.</summary>
    protected VirtioMmioTransport? Transport { get; private set; }

    internal void Attach(VirtioMmioTransport transport)
    {
        if (Transport is not null)
            throw new InvalidOperationException($"The {this} has a transport already.");
        Transport = transport;
    }
}
