using System;
using System.Collections.Generic;
using System.Text;

namespace VmcsGen.Tool.Tests.Images;

/// <summary>A snapshot, written as docs/snapshot-format.md says.</summary>
internal sealed class SnapshotBytes
{
    private readonly List<byte> _bytes = [.. "VmcsSnap"u8, 1, 0, 0, 0, 0, 0, 0, 0];

    public SnapshotBytes Section(string tag, params ReadOnlySpan<byte> content)
    {
        _bytes.AddRange(Encoding.ASCII.GetBytes(tag));
        _bytes.AddRange(BitConverter.GetBytes(content.Length));
        _bytes.AddRange(content);
        return this;
    }

    public byte[] End() => [.. Section("END ")._bytes];

    /// <summary>A VM with two pages of memory and a vCPU, of which some registers are set.</summary>
    public static byte[] Small(ulong rip, byte fill, byte[] nestedState)
    {
        var page = new byte[16 + 4096];
        page.AsSpan(16).Fill(fill);
        var slot = new byte[24];
        BitConverter.TryWriteBytes(slot.AsSpan(8), 0xC000_0000UL);
        var regs = new byte[144];
        BitConverter.TryWriteBytes(regs.AsSpan(128), rip);
        var msr = new byte[16];
        BitConverter.TryWriteBytes(msr, 0xC000_0080);
        BitConverter.TryWriteBytes(msr.AsSpan(8), 0xD01UL);
        return new SnapshotBytes()
            .Section("MEM ", BitConverter.GetBytes(0x2000UL))
            .Section("PAGE", page)
            .Section("SLOT", slot)
            .Section("VCPU", BitConverter.GetBytes(3))
            .Section("REGS", regs)
            .Section("SREG", new byte[320])
            .Section("MSRS", msr)
            .Section("NEST", nestedState)
            .End();
    }
}
