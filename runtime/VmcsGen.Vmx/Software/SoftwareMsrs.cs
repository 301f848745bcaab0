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
    private KeyValuePair<uint, ulong>[] _saved = [];

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

    /// <summary>Keeps all values as they are now.</summary>
    internal void Save()
    {
        if (_saved.Length != _values.Count)
            _saved = new KeyValuePair<uint, ulong>[_values.Count];
        ((ICollection<KeyValuePair<uint, ulong>>)_values).CopyTo(_saved, 0);
    }

    /// <summary>Puts the values back that were saved last.</summary>
    internal void Restore()
    {
        foreach (var (index, value) in _saved)
            _values[index] = value;
    }

    /// <summary>Why WRMSR raises #GP; null if it does not.</summary>
    internal string? WhyNotWritten(uint index, ulong value)
    {
        if (!_values.ContainsKey(index))
            return "the processor does not have this MSR";
        // No-execute is there on some processors alone.
        return index == Efer && (value & ~EferBits) != 0 ? "reserved bits are set" : MsrWrites.WhyRefused(index, value, linearAddressWidth);
    }

    internal bool IsCanonical(ulong address) => LinearAddresses.IsCanonical(address, linearAddressWidth);

    private ulong EferBits => RegisterBits.EferLma | RegisterBits.EferLme | 1 | (hasNoExecute ? 1UL << 11 : 0);
}
