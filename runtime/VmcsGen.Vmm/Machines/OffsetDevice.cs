using System;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>A device whose ports are not all in one range, as another of its ranges sees it.</summary>
internal sealed class OffsetDevice(IBusDevice device, ulong start) : IBusDevice
{
    public void Read(ulong offset, Span<byte> data) => device.Read(start + offset, data);

    public void Write(ulong offset, ReadOnlySpan<byte> data) => device.Write(start + offset, data);

    public override string? ToString() => device.ToString();
}
