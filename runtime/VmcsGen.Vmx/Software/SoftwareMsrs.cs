using System.Collections.Generic;
using VmcsGen.Vmx.Entry;
using VmcsGen.X86;

namespace VmcsGen.Vmx.Software;

/// <summary>The MSRs of a software processor: which there are, and which values they take (SDM 4, table 2-2).</summary>
internal sealed class SoftwareMsrs(IReadOnlyDictionary<uint, ulong> initial, int linearAddressWidth, bool hasNoExecute)
{
    internal const uint Tsc = (uint)X86Msr.Ia32Tsc;
    internal const uint ApicBase = (uint)X86Msr.Ia32ApicBase;
    internal const uint SysenterCs = (uint)X86Msr.Ia32SysenterCs;
    internal const uint SysenterEsp = (uint)X86Msr.Ia32SysenterEsp;
    internal const uint SysenterEip = (uint)X86Msr.Ia32SysenterEip;
    internal const uint MiscEnable = (uint)X86Msr.Ia32MiscEnable;
    internal const uint Debugctl = (uint)X86Msr.Ia32Debugctl;
    internal const uint Pat = (uint)X86Msr.Ia32Pat;
    internal const uint Efer = (uint)X86Msr.Ia32Efer;
    internal const uint Star = (uint)X86Msr.Ia32Star;
    internal const uint Lstar = (uint)X86Msr.Ia32Lstar;
    internal const uint Cstar = (uint)X86Msr.Ia32Cstar;
    internal const uint Fmask = (uint)X86Msr.Ia32Fmask;
    internal const uint FsBase = (uint)X86Msr.Ia32FsBase;
    internal const uint GsBase = (uint)X86Msr.Ia32GsBase;
    internal const uint KernelGsBase = (uint)X86Msr.Ia32KernelGsBase;
    internal const uint TscAux = (uint)X86Msr.Ia32TscAux;

    private readonly Dictionary<uint, ulong> _values = new(initial);

    /// <summary>The MSRs that there are.</summary>
    internal IReadOnlyDictionary<uint, ulong> Values => _values;

    internal bool TryReadMsr(uint index, out ulong value) => _values.TryGetValue(index, out value);

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
        // No-execute is there on some processors alone.
        return index == Efer && (value & ~EferBits) != 0 ? "reserved bits are set" : MsrWrites.WhyRefused(index, value, IsCanonical);
    }

    internal bool IsCanonical(ulong address)
    {
        var unused = 64 - linearAddressWidth;
        return (ulong)((long)(address << unused) >> unused) == address;
    }

    private ulong EferBits => RegisterBits.EferLma | RegisterBits.EferLme | 1 | (hasNoExecute ? 1UL << 11 : 0);
}
