using System;

namespace VmcsGen.Vmx.RingZero;

/// <summary>Physical memory through the agent. The line is slow: bytes that repeat travel as one.</summary>
/// <param name="cpu">The processor.</param>
/// <param name="size">Bytes of memory, from address 0 on.</param>
internal sealed class RingZeroMemory(RingZeroCpu cpu, ulong size) : IPhysicalMemory
{
    private const int LargestPiece = 0x1_0000;

    // A run costs a command of 14 bytes, and so does going on behind it.
    private const int ShortestRun = 32;

    public void Read(ulong physicalAddress, Span<byte> destination)
    {
        Check(physicalAddress, destination.Length);
        for (var done = 0; done < destination.Length; )
        {
            var piece = Math.Min(destination.Length - done, LargestPiece);
            var batch = cpu.CreateBatch();
            var bytes = batch.ReadMemory(physicalAddress + (uint)done, piece);
            batch.Execute();
            bytes.Value.CopyTo(destination[done..]);
            done += piece;
        }
    }

    public void Write(ulong physicalAddress, ReadOnlySpan<byte> source)
    {
        Check(physicalAddress, source.Length);
        var batch = cpu.CreateBatch();
        Write(batch, physicalAddress, source);
        batch.Execute();
    }

    internal static void Write(RingZeroBatch batch, ulong address, ReadOnlySpan<byte> source)
    {
        while (!source.IsEmpty)
        {
            var run = RunLength(source);
            if (run >= ShortestRun)
            {
                batch.FillMemory(address, run, source[0]);
            }
            else
            {
                run = LengthWithoutRun(source);
                batch.WriteMemory(address, source[..run]);
            }
            address += (uint)run;
            source = source[run..];
        }
    }

    private static int RunLength(ReadOnlySpan<byte> bytes) =>
        bytes.IndexOfAnyExcept(bytes[0]) is >= 0 and var length ? length : bytes.Length;

    private static int LengthWithoutRun(ReadOnlySpan<byte> bytes)
    {
        var length = 0;
        while (length < bytes.Length && length < LargestPiece && RunLength(bytes[length..]) is var run && run < ShortestRun)
            length += run;
        return Math.Min(length, LargestPiece);
    }

    private void Check(ulong physicalAddress, int length)
    {
        if (!new PhysicalMemoryRange(0, size).Contains(physicalAddress, (uint)length))
        {
            throw new ArgumentOutOfRangeException(
                nameof(physicalAddress),
                $"The {length} bytes at 0x{physicalAddress:X} are not in the machine's memory, which ends at 0x{size:X}."
            );
        }
    }
}
