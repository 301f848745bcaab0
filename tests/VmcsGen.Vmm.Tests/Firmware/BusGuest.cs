using System;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm.Tests.Firmware;

/// <summary>Accesses the device on a bus.</summary>
internal sealed class BusGuest : FirmwareGuest
{
    private readonly ArrayMemory _memory;

    public BusGuest(FirmwareConfiguration device, ArrayMemory memory)
    {
        Ports.Add(FirmwareConfiguration.FirstPort, FirmwareConfiguration.PortCount, device);
        _memory = memory;
    }

    public AddressBus Ports { get; } = new(BusAddressSpace.Ports);

    public override void Out(ushort port, ushort value) => Ports.Write(port, BitConverter.GetBytes(value));

    public override void Out(ushort port, uint value) => Ports.Write(port, BitConverter.GetBytes(value));

    public override byte In(ushort port)
    {
        Span<byte> data = stackalloc byte[1];
        Ports.Read(port, data);
        return data[0];
    }

    public override uint In32(ushort port)
    {
        Span<byte> data = stackalloc byte[4];
        Ports.Read(port, data);
        return BitConverter.ToUInt32(data);
    }

    public override byte[] Memory(ulong address, int length) => _memory.Bytes.AsSpan((int)address, length).ToArray();

    public override void SetMemory(ulong address, ReadOnlySpan<byte> bytes) => bytes.CopyTo(_memory.Bytes.AsSpan((int)address));
}
