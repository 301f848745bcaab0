namespace VmcsGen.Kvm;

/// <summary>
/// The sections of a snapshot: four ASCII characters, the first in the low byte. A reader that meets one it does not know
/// skips it if the first character is a lower-case letter, and else refuses the file. See docs/snapshot-format.md.
/// </summary>
internal static class SnapshotTag
{
    internal const uint Identity = 'I' | ('D' << 8) | ('E' << 16) | ((uint)'N' << 24);
    internal const uint Memory = 'M' | ('E' << 8) | ('M' << 16) | ((uint)' ' << 24);
    internal const uint Pages = 'P' | ('A' << 8) | ('G' << 16) | ((uint)'E' << 24); // Of version 1.
    internal const uint Data = 'D' | ('A' << 8) | ('T' << 16) | ((uint)'A' << 24);
    internal const uint Away = 'A' | ('W' << 8) | ('A' << 16) | ((uint)'Y' << 24);
    internal const uint Extents = 'E' | ('X' << 8) | ('T' << 16) | ((uint)'S' << 24);
    internal const uint Sums = 'S' | ('U' << 8) | ('M' << 16) | ((uint)'S' << 24);
    internal const uint Slot = 'S' | ('L' << 8) | ('O' << 16) | ((uint)'T' << 24);
    internal const uint Vcpu = 'V' | ('C' << 8) | ('P' << 16) | ((uint)'U' << 24);
    internal const uint Cpuid = 'C' | ('P' << 8) | ('I' << 16) | ((uint)'D' << 24);
    internal const uint TscFrequency = 'T' | ('K' << 8) | ('H' << 16) | ((uint)'Z' << 24);
    internal const uint TscOffset = 'T' | ('O' << 8) | ('F' << 16) | ((uint)'S' << 24);
    internal const uint Regs = 'R' | ('E' << 8) | ('G' << 16) | ((uint)'S' << 24);
    internal const uint Sregs = 'S' | ('R' << 8) | ('E' << 16) | ((uint)'G' << 24);
    internal const uint Xcrs = 'X' | ('C' << 8) | ('R' << 16) | ((uint)'S' << 24);
    internal const uint Xsave = 'X' | ('S' << 8) | ('A' << 16) | ((uint)'V' << 24);
    internal const uint Fpu = 'F' | ('P' << 8) | ('U' << 16) | ((uint)' ' << 24);
    internal const uint DebugRegs = 'D' | ('R' << 8) | ('E' << 16) | ((uint)'G' << 24);
    internal const uint Lapic = 'A' | ('P' << 8) | ('I' << 16) | ((uint)'C' << 24);
    internal const uint Msrs = 'M' | ('S' << 8) | ('R' << 16) | ((uint)'S' << 24);
    internal const uint Events = 'E' | ('V' << 8) | ('N' << 16) | ((uint)'T' << 24);
    internal const uint MultiprocessingState = 'M' | ('P' << 8) | ('S' << 16) | ((uint)'T' << 24);
    internal const uint NestedState = 'N' | ('E' << 8) | ('S' << 16) | ((uint)'T' << 24);
    internal const uint Irqchip = 'I' | ('R' << 8) | ('Q' << 16) | ((uint)'C' << 24);
    internal const uint Pit = 'P' | ('I' << 8) | ('T' << 16) | ((uint)'2' << 24);
    internal const uint Clock = 'C' | ('L' << 8) | ('C' << 16) | ((uint)'K' << 24);
    internal const uint Named = 'V' | ('M' << 8) | ('M' << 16) | ((uint)' ' << 24);
    internal const uint HostCpuid = 'h' | ('c' << 8) | ('p' << 16) | ((uint)'u' << 24);
    internal const uint HostMsrs = 'h' | ('m' << 8) | ('s' << 16) | ((uint)'r' << 24);
    internal const uint HostFeatureMsrs = 'h' | ('f' << 8) | ('t' << 16) | ((uint)'r' << 24);
    internal const uint HostCapabilities = 'h' | ('c' << 8) | ('a' << 16) | ((uint)'p' << 24);
    internal const uint Gaps = 'g' | ('a' << 8) | ('p' << 16) | ((uint)'s' << 24);
    internal const uint End = 'E' | ('N' << 8) | ('D' << 16) | ((uint)' ' << 24);

    /// <summary>Whether a reader that does not know the section may skip it.</summary>
    internal static bool IsOptional(uint tag) => (tag & 0xFF) is >= 'a' and <= 'z';

    /// <summary>Whether there may be several: the others a VM or a vCPU has once.</summary>
    internal static bool MayRepeat(uint tag) => tag is Memory or Pages or Data or Away or Extents or Sums or Slot or Irqchip or Named;

    /// <summary>Whether a version of the format has the section.</summary>
    internal static bool IsOf(uint version, uint tag) =>
        tag switch
        {
            Pages => version == SnapshotFormat.FirstVersion,
            Identity or Data or Away or Extents or Sums or TscOffset or Named => version != SnapshotFormat.FirstVersion,
            HostCpuid or HostMsrs or HostFeatureMsrs or HostCapabilities => version != SnapshotFormat.FirstVersion,
            _ => true,
        };

    /// <summary>Where a section of the VM stands among the others; null for sections that a VM does not have.</summary>
    internal static int? PlaceOf(uint tag) =>
        tag switch
        {
            Identity => 0,
            Memory or Pages or Data or Away => 1, // The pages of a memory follow it.
            Extents => 2,
            Sums => 3,
            Slot => 4,
            Irqchip => 5,
            Pit => 6,
            Clock => 7,
            HostCpuid => 8,
            HostMsrs => 9,
            HostFeatureMsrs => 10,
            HostCapabilities => 11,
            Named => 12,
            Gaps => 13,
            _ => null,
        };

    /// <summary>The four characters, or the number if they are not printable.</summary>
    internal static string NameOf(uint tag)
    {
        var name = string.Concat((char)(tag & 0xFF), (char)(tag >> 8 & 0xFF), (char)(tag >> 16 & 0xFF), (char)(tag >> 24));
        foreach (var character in name)
        {
            if (character is < ' ' or > '~')
                return $"0x{tag:X8}";
        }
        return $"'{name}'";
    }
}
