using System.Collections.Generic;

namespace VmcsGen.Vmx;

/// <summary>The MSRs of a software processor: which there are, and which values they take (SDM 4, table 2-2).</summary>
internal sealed class SoftwareMsrs(IReadOnlyDictionary<uint, ulong> initial, int linearAddressWidth, bool hasNoExecute)
{
    internal const uint Tsc = 0x10;
    internal const uint ApicBase = 0x1B;
    internal const uint SysenterCs = 0x174;
    internal const uint SysenterEsp = 0x175;
    internal const uint SysenterEip = 0x176;
    internal const uint MiscEnable = 0x1A0;
    internal const uint Debugctl = 0x1D9;
    internal const uint Pat = 0x277;
    internal const uint Efer = 0xC000_0080;
    internal const uint Star = 0xC000_0081;
    internal const uint Lstar = 0xC000_0082;
    internal const uint Cstar = 0xC000_0083;
    internal const uint Fmask = 0xC000_0084;
    internal const uint FsBase = 0xC000_0100;
    internal const uint GsBase = 0xC000_0101;
    internal const uint KernelGsBase = 0xC000_0102;
    internal const uint TscAux = 0xC000_0103;

    private readonly Dictionary<uint, ulong> _values = new(initial);

    /// <summary>The MSRs that there are.</summary>
    internal IReadOnlyDictionary<uint, ulong> Values => _values;

    internal bool TryRead(uint index, out ulong value) => _values.TryGetValue(index, out value);

    /// <summary>A value without any check; an MSR that the processor does not have stays absent.</summary>
    internal void Set(uint index, ulong value)
    {
        if (_values.ContainsKey(index))
            _values[index] = value;
    }

    /// <summary>Gives the processor an MSR, with the value 0, if it does not have it.</summary>
    internal void AddMissing(uint index) => _values.TryAdd(index, 0);

    /// <summary>All values as they are now.</summary>
    internal KeyValuePair<uint, ulong>[] Copy() => [.. _values];

    /// <summary>Puts values back.</summary>
    internal void Restore(KeyValuePair<uint, ulong>[] values)
    {
        foreach (var (index, value) in values)
            _values[index] = value;
    }

    /// <summary>Why WRMSR raises #GP; null if it does not.</summary>
    internal string? WhyNotWritten(uint index, ulong value)
    {
        if (!_values.ContainsKey(index))
            return "the processor does not have this MSR";
        return index switch
        {
            SysenterEsp or SysenterEip or Lstar or Cstar or FsBase or GsBase or KernelGsBase when !IsCanonical(value)
                => "the address is not canonical",
            Fmask or TscAux when value >> 32 != 0 => "bits 63:32 are reserved",
            Pat when !FieldRules.AreMemoryTypes(value) => "a byte is no memory type of the PAT",
            Debugctl when (value & ~0xFFC7UL) != 0 => "reserved bits are set",
            Efer when (value & ~EferBits) != 0 => "reserved bits are set",
            _ => null,
        };
    }

    internal bool IsCanonical(ulong address)
    {
        var unused = 64 - linearAddressWidth;
        return (ulong)((long)(address << unused) >> unused) == address;
    }

    private ulong EferBits => RegisterBits.EferLma | RegisterBits.EferLme | 1 | (hasNoExecute ? 1UL << 11 : 0);
}
