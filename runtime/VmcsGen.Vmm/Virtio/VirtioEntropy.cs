using System;
using System.Security.Cryptography;

namespace VmcsGen.Vmm;

/// <summary>A source of random bytes. Source: VIRTIO 1.2, 5.4.</summary>
public sealed class VirtioEntropy : VirtioDevice
{
    private const int MostBytes = 4096;

    /// <inheritdoc/>
    public override uint DeviceId => 4;

    /// <inheritdoc/>
    public override int QueueCount => 1;

    /// <inheritdoc/>
    public override bool Serve(int index, Virtqueue queue)
    {
        ArgumentNullException.ThrowIfNull(queue);
        Span<byte> random = stackalloc byte[MostBytes];
        var served = false;
        while (queue.TryTake(out var chain))
        {
            // A driver takes fewer bytes than it asked for.
            var part = random[..(int)Math.Min(chain.WritableLength, MostBytes)];
            RandomNumberGenerator.Fill(part);
            queue.Return(chain, (uint)chain.Write(0, part));
            served = true;
        }
        return served;
    }

    /// <summary>What messages call it.</summary>
    public override string ToString() => "entropy";
}
