using System;
using System.Collections.Generic;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Exits;

/// <summary>A device of bytes behind the guest's window. Whatever pieces KVM makes of an access, the bytes are the same.</summary>
internal sealed class MmioDevice(ulong address)
{
    public byte[] Bytes { get; } = new byte[0x3000];

    /// <summary>The accesses as they came: offset, length, and whether it was a write.</summary>
    public List<(ulong Offset, int Length, bool IsWrite)> Accesses { get; } = [];

    /// <summary>Serves the guest until it executes OUT.</summary>
    public uint Serve(Guest guest)
    {
        while (true)
        {
            var exit = guest.Run();
            if (exit.Reason == KvmExitReason.Io)
                return exit.Io.Value;
            Assert.True(exit.Reason == KvmExitReason.Mmio, exit.ToString());

            var mmio = exit.Mmio;
            var offset = mmio.Address - address;
            var bytes = Bytes.AsSpan((int)offset, mmio.Length);
            Accesses.Add((offset, mmio.Length, mmio.IsWrite));
            Assert.Equal(mmio.Length, mmio.Data.Length);
            if (mmio.IsWrite)
                mmio.Data.CopyTo(bytes);
            else
                bytes.CopyTo(mmio.Data);
        }
    }
}
