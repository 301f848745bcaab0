using System;

namespace VmcsGen.Kvm;

/// <summary>A device of two delegates. Where one is missing it does what a bus does without a device.</summary>
internal sealed class DelegateDevice(BusRead? read, BusWrite? write) : IBusDevice
{
    /// <summary>Nothing at all: reads give ones, writes go nowhere.</summary>
    internal static IBusDevice None { get; } = new DelegateDevice(null, null);

    public void Read(ulong offset, Span<byte> data)
    {
        if (read is null)
            data.Fill(0xFF);
        else
            read(offset, data);
    }

    public void Write(ulong offset, ReadOnlySpan<byte> data) => write?.Invoke(offset, data);

    public override string ToString() => (read?.Target ?? write?.Target)?.GetType().Name ?? "nothing";
}
