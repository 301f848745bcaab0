using System;
using System.Buffers.Binary;
using System.Threading;

namespace VmcsGen.Vmm;

/// <summary>
/// The least of a PCI host: configuration mechanism 1 at ports 0xCF8 and 0xCFC, behind which is a host bridge alone, and the reset register
/// at port 0xCF9. Source: PCI Local Bus Specification 3.0, 3.2.2.3.2.
/// </summary>
public sealed class PciHost : IStatefulDevice
{
    /// <summary>Its first port.</summary>
    public const ushort FirstPort = 0xCF8;

    /// <summary>Number of its ports.</summary>
    public const int PortCount = 8;

    private const uint Enabled = 0x8000_0000;
    private const uint AddressMask = 0x80FF_FFFC;
    private const uint Identity = 0x0D57_8086; // A host bridge that is in no computer.
    private const uint HostBridgeClass = 0x0600_0000;
    private const byte ResetCpu = 0x4;
    private const int DataOffset = 4;

    private readonly Action<MachineEnd> _end;
    private readonly Lock _gate = new();
    private PciHostState _state;

    /// <summary>Creates the host.</summary>
    /// <param name="end">Called for a reset, on the thread of the vCPU that asks for it.</param>
    public PciHost(Action<MachineEnd> end) => _end = end ?? throw new ArgumentNullException(nameof(end));

    /// <inheritdoc/>
    public void Read(ulong offset, Span<byte> data)
    {
        Span<byte> registers = stackalloc byte[PortCount + 8];
        registers.Fill(0xFF);
        lock (_gate)
        {
            if (data.Length == 4 && offset == 0)
                BinaryPrimitives.WriteUInt32LittleEndian(registers, _state.Address);
            else
                registers[AcpiPorts.Reset - FirstPort] = 0;
            BinaryPrimitives.WriteUInt32LittleEndian(registers[DataOffset..], Selected);
        }
        registers.Slice((int)offset, data.Length).CopyTo(data);
    }

    /// <inheritdoc/>
    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        if (offset == AcpiPorts.Reset - FirstPort && data.Length == 1)
        {
            if ((data[0] & ResetCpu) != 0)
                _end(new(MachineEndReason.Reset));
            return;
        }
        lock (_gate)
        {
            if (offset == 0 && data.Length == 4)
                _state.Address = BinaryPrimitives.ReadUInt32LittleEndian(data) & AddressMask;
            else if (offset == DataOffset && data.Length >= 2 && _state.Address == (Enabled | 4))
                _state.Command = BinaryPrimitives.ReadUInt16LittleEndian(data);
        }
    }

    /// <inheritdoc/>
    public byte[] SaveState()
    {
        lock (_gate)
            return DeviceState.ToBytes(_state);
    }

    /// <inheritdoc/>
    public void RestoreState(ReadOnlySpan<byte> state)
    {
        var restored = DeviceState.FromBytes<PciHostState>(state);
        lock (_gate)
            _state = restored;
    }

    /// <summary>What messages call it.</summary>
    public override string ToString() => "PCI host";

    /// <summary>The selected register: those of device 0 on bus 0 exist.</summary>
    private uint Selected =>
        _state.Address switch
        {
            Enabled => Identity,
            Enabled | 0x4 => _state.Command,
            Enabled | 0x8 => HostBridgeClass,
            >= Enabled and < Enabled + 0x100 => 0,
            _ => uint.MaxValue,
        };
}
