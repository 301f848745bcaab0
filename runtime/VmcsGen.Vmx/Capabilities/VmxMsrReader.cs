using System;
using System.IO;

namespace VmcsGen.Vmx;

/// <summary>Reads the capability MSRs in the order in which one tells whether the next exists (SDM 3D, appendix A).</summary>
internal readonly struct VmxMsrReader
{
    private readonly IMsrSource _source;
    private readonly MsrValues _msrs = [];

    internal VmxMsrReader(IMsrSource source)
    {
        _source = source;
        if (!TryRead(VmxMsr.Ia32VmxBasic, out var basic))
            return;
        // Together what is known to exist, and is needed.
        var hasTrue = new VmxBasic(basic).TrueControls;
        Fetch(hasTrue ? VmxMsr.Ia32VmxMisc : VmxMsr.Ia32VmxPinbasedCtls, VmxMsr.Ia32VmxVmcsEnum);
        if (hasTrue)
            Fetch(VmxMsr.Ia32VmxTruePinbasedCtls, VmxMsr.Ia32VmxTrueEntryCtls);
    }

    internal VmxBasic ReadBasic() =>
        TryRead(VmxMsr.Ia32VmxBasic, out var value)
            ? new VmxBasic(value)
            : throw new NotSupportedException(
                $"{VmxMsrNames.Describe(VmxMsr.Ia32VmxBasic)} cannot be read: the processor has no VMX, or a hypervisor does not offer it to "
                    + "its guest."
            );

    internal ulong Read(VmxMsr msr) =>
        TryRead(msr, out var value)
            ? value
            : throw new InvalidDataException(
                $"{VmxMsrNames.Describe(msr)} cannot be read, but exists by what the other capability MSRs say: the source of the MSRs is "
                    + "not complete."
            );

    internal VmxControlRange[] ReadControls(VmxBasic basic)
    {
        var ranges = new VmxControlRange[VmxControlWord.All.Length];
        foreach (var word in VmxControlWord.FromActivators)
        {
            ranges[word.Index] =
                word.Activator is { } activator && (ranges[activator.Index].Allowed1 & word.ActivatorBit) == 0
                    ? new VmxControlRange(word.Msr, 0, 0)
                    : ReadRange(word, basic);
        }
        return ranges;
    }

    private VmxControlRange ReadRange(VmxControlWord word, VmxBasic basic)
    {
        // 64-bit words: any control may be 0.
        if (word.Bits == 64)
            return new VmxControlRange(word.Msr, 0, Read(word.Msr));
        // 32-bit words: both settings in one MSR.
        var msr = basic.TrueControls && word.TrueMsr is { } trueMsr ? trueMsr : word.Msr;
        var settings = new VmxControlCapability(Read(msr));
        if ((settings.Allowed0 & ~settings.Allowed1) != 0)
        {
            throw new InvalidDataException(
                $"{VmxMsrNames.Describe(msr)} is 0x{settings.Value:X16}, by which bits 0x{settings.Allowed0 & ~settings.Allowed1:X8} "
                    + $"of the {word.SdmName} must be 1 and must be 0: no processor reports that."
            );
        }
        return new VmxControlRange(msr, settings.Allowed0, settings.Allowed1);
    }

    private bool TryRead(VmxMsr msr, out ulong value)
    {
        if (_msrs.TryRead((uint)msr, out value))
            return true;
        if (!_source.TryRead((uint)msr, out value))
            return false;
        _msrs[msr] = value;
        return true;
    }

    private void Fetch(VmxMsr first, VmxMsr last)
    {
        var indices = new uint[(int)(last - first) + 1];
        var values = new ulong[indices.Length];
        var exist = new bool[indices.Length];
        for (var i = 0; i < indices.Length; i++)
            indices[i] = (uint)first + (uint)i;
        _source.TryRead(indices, values, exist);
        for (var i = 0; i < indices.Length; i++)
        {
            if (exist[i])
                _msrs[(VmxMsr)indices[i]] = values[i];
        }
    }
}
