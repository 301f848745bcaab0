using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VmcsGen.Vmm;

/// <summary>
/// What the device does in guest memory. The guest writes the address of a <see cref="FirmwareDmaAccess"/>, and the device answers there.
/// </summary>
public sealed partial class FirmwareConfiguration
{
    private const int DmaOffset = 4;
    private const int ZerosAtOnce = 4096;

    private static ReadOnlySpan<byte> DmaSignature => "QEMU CFG"u8;

    private static ReadOnlySpan<byte> Zeros => new byte[ZerosAtOnce];

    private void WriteDmaAddress(ulong offset, uint half)
    {
        if (offset == DmaOffset)
        {
            _state.DmaAddress = (ulong)half << 32;
        }
        else if (offset == DmaOffset + sizeof(uint))
        {
            var address = _state.DmaAddress | half;
            _state.DmaAddress = 0;
            Obey(address);
        }
    }

    private void Obey(ulong address)
    {
        Span<byte> bytes = stackalloc byte[Unsafe.SizeOf<FirmwareDmaAccess>()];
        var isDone = _memory!.TryRead(address, bytes) && Obey(MemoryMarshal.Read<FirmwareDmaAccess>(bytes));
        Span<byte> answer = stackalloc byte[sizeof(FirmwareDmaControl)];
        BinaryPrimitives.WriteUInt32BigEndian(answer, (uint)(isDone ? 0 : FirmwareDmaControl.Error));
        _memory.TryWrite(address, answer); // Where no memory is, nobody hears of it.
    }

    private bool Obey(in FirmwareDmaAccess access)
    {
        var control = (FirmwareDmaControl)(uint)access.Control;
        if ((control & FirmwareDmaControl.Select) != 0)
            Select((ushort)((uint)control >> 16));
        if ((control & FirmwareDmaControl.Read) != 0)
            return CopyTo(access.Address, access.Length);
        if ((control & FirmwareDmaControl.Write) != 0)
            return access.Length == 0; // No item can be written.
        if ((control & FirmwareDmaControl.Skip) != 0)
            _state.Offset += (uint)Math.Min(access.Length, (uint)Left);
        return true;
    }

    private bool CopyTo(ulong address, uint length)
    {
        var bytes = _selected.Span.Slice(_selected.Length - Left, (int)Math.Min(length, (uint)Left));
        if (!_memory!.TryWrite(address, bytes))
            return false;
        _state.Offset += (uint)bytes.Length;
        address += (uint)bytes.Length;
        // Memory ends before addresses do, so a length of any size ends too.
        for (var left = length - (uint)bytes.Length; left > 0; )
        {
            var zeros = Zeros[..(int)Math.Min(left, ZerosAtOnce)];
            if (!_memory.TryWrite(address, zeros))
                return false;
            left -= (uint)zeros.Length;
            address += (uint)zeros.Length;
        }
        return true;
    }
}
