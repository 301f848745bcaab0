using System;
using System.IO;

namespace VmcsGen.Vmx.RingZero;

/// <summary>The agent as a ROM: the firmware of a machine, which ends at 4 GiB, where a processor begins after reset.</summary>
internal static class AgentRom
{
    private const ulong End = 0x1_0000_0000;

    internal static byte[] Bytes { get; } = Load();

    /// <summary>The physical address at which the ROM begins.</summary>
    internal static ulong Address => End - (uint)Bytes.Length;

    private static byte[] Load()
    {
        using var stream =
            typeof(AgentRom).Assembly.GetManifestResourceStream("agent.rom")
            ?? throw new InvalidOperationException("This assembly was built without the ring-0 agent: its resource agent.rom is missing.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
