using System;
using System.Linq;
using System.Runtime.InteropServices;
using VmcsGen.Kvm;
using VmcsGen.Vmm;

namespace VmmSample;

/// <summary>
/// What kvm-unit-tests find in QEMU as pc-testdev: ports and memory that keep what is written there, so that a guest can look at how its
/// accesses arrive; ports that set interrupt lines; and one that takes a page from the guest until its next access.
/// </summary>
internal static unsafe partial class TestDevices
{
    private const ulong Scratch = 0xE0;
    private const int ScratchBytes = 4;
    private const ulong Flush = 0xE4;
    private const ulong Lines = 0x2000;
    private const int LineCount = 24; // Pins of the I/O APIC.
    private const ulong Memory = 0xFF00_0000;
    private const int MemoryBytes = 0x1_0000;

    /// <summary>Adds them to a machine.</summary>
    public static void AddTo(PcMachine machine)
    {
        var ports = machine.Buses.Ports;
        ports.Add(Scratch, ScratchBytes, new Kept(ScratchBytes));
        ports.Add(Flush, sizeof(uint), read: null, (_, data) => FlushPage(machine.Vm.Memory, data));
        var lines = Enumerable.Range(0, LineCount).Select(line => machine.InterruptLine((uint)line)).ToArray();
        ports.Add(Lines, LineCount, read: null, (line, data) => lines[line]?.SetLevel(data[0] != 0));
        machine.Buses.Mmio.Add(Memory, MemoryBytes, new Kept(MemoryBytes));
    }

    /// <summary>KVM maps a page anew after its protection has changed.</summary>
    private static void FlushPage(GuestPhysicalMemory memory, ReadOnlySpan<byte> address)
    {
        if (address.Length != sizeof(uint))
            return;
        var page = MemoryMarshal.Read<uint>(address) & ~(uint)(GuestMemory.PageSize - 1);
        if (!memory.TryGetSpan(page, GuestMemory.PageSize, out var span))
            return;
        // The page is there all the time, and can be read: devices that look at it find it. Guest memory does not move.
        fixed (byte* start = span)
        {
            if (
                Protect(start, GuestMemory.PageSize, PageProtection.Read) != 0
                || Protect(start, GuestMemory.PageSize, PageProtection.Read | PageProtection.Write) != 0
            )
                throw new InvalidOperationException($"The page at 0x{page:X} cannot be protected: {Marshal.GetLastPInvokeErrorMessage()}.");
        }
    }

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int Protect(byte* address, nuint length, PageProtection protection);

    [Flags]
    private enum PageProtection
    {
        Read = 1,
        Write = 2,
    }

    private sealed class Kept(int size) : IBusDevice
    {
        private readonly byte[] _bytes = new byte[size];

        public void Read(ulong offset, Span<byte> data) => _bytes.AsSpan((int)offset, data.Length).CopyTo(data);

        public void Write(ulong offset, ReadOnlySpan<byte> data) => data.CopyTo(_bytes.AsSpan((int)offset));
    }
}
