using System;
using System.Runtime.InteropServices;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>
/// A port by which a guest ends its machine with a number, as tests do. The code is the number twice and one, as QEMU's isa-debug-exit
/// has it, so that it is never 0.
/// </summary>
/// <param name="end">Called with the code, on the thread of the vCPU that writes.</param>
public sealed class DebugExitPort(Action<MachineEnd> end) : IBusDevice
{
    /// <summary>Where tests look for it.</summary>
    public const ushort FirstPort = 0xF4;

    /// <summary>Number of its ports.</summary>
    public const int PortCount = 4;

    private readonly Action<MachineEnd> _end = end ?? throw new ArgumentNullException(nameof(end));

    /// <summary>Gives zeros.</summary>
    /// <param name="offset">Where.</param>
    /// <param name="data">Becomes 0.</param>
    public void Read(ulong offset, Span<byte> data) => data.Clear();

    /// <inheritdoc/>
    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        number.Clear();
        data[..Math.Min(data.Length, 4)].CopyTo(number);
        _end(new(MachineEndReason.DebugExit, unchecked(MemoryMarshal.Read<uint>(number) << 1 | 1)));
    }

    /// <summary>What messages call it.</summary>
    public override string ToString() => "debug exit";
}
