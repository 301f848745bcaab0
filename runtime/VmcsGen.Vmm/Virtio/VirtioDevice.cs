using System;
using System.Runtime.InteropServices;

namespace VmcsGen.Vmm;

/// <summary>
/// What is behind a virtio transport: a disk, a console. The transport calls it under a lock of its own, on the thread of the vCPU that
/// caused the call or on that of an event loop.
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

    /// <summary>What a snapshot must carry besides registers and queues, in a format of the device.</summary>
    public virtual byte[] SaveState() => [];

    /// <summary>
    /// Gives the device what <see cref="SaveState"/> of another of its kind made. The guest's memory is restored already.
    /// </summary>
    /// <param name="state">The state. It need not be trusted.</param>
    /// <exception cref="ArgumentException">It is no state of this kind of device, or of one with other properties.</exception>
    public virtual void RestoreState(ReadOnlySpan<byte> state)
    {
        if (!state.IsEmpty)
            throw new ArgumentException($"The {this} has no state of its own, and there are {state.Length} bytes of it.", nameof(state));
    }

    /// <summary>What tells the guest of things that it did not cause, such as input; null until the device has a transport.</summary>
    protected VirtioMmioTransport? Transport { get; private set; }

    /// <summary>What the driver has taken of the features.</summary>
    protected ulong NegotiatedFeatures => Transport?.NegotiatedFeatures ?? 0;

    /// <summary>Gives the driver a part of a configuration that is a struct.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="offset">Where the part begins.</param>
    /// <param name="data">Receives it; what is behind the end stays as it is.</param>
    protected static void CopyConfiguration<T>(in T configuration, uint offset, Span<byte> data)
        where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in configuration));
        if (offset >= bytes.Length)
            return;
        bytes = bytes[(int)offset..];
        bytes[..Math.Min(bytes.Length, data.Length)].CopyTo(data);
    }

    /// <summary>Whether a restored driver is to read the configuration again: it tells of what is outside of the machine.</summary>
    internal virtual bool MayDifferAfterRestore => false;

    /// <summary>Something came from outside for a queue, and no driver works on the device.</summary>
    internal virtual void NoteNoDriver(int index) { }

    internal void Attach(VirtioMmioTransport transport)
    {
        if (Transport is not null)
            throw new InvalidOperationException($"The {this} has a transport already.");
        Transport = transport;
    }
}
