using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace VmcsGen.Vmx;

/// <summary>
/// Reads the capability MSRs: those together that others have told to exist (SDM 3D, appendix A), since each read may be a round trip.
/// </summary>
internal readonly struct VmxMsrReader(IMsrSource source)
{
    private readonly MsrValues _msrs = [];

    // Besides those of controls, every processor with VMX has these.
    private static ReadOnlySpan<VmxMsr> Everywhere =>
        [
            VmxMsr.Ia32VmxMisc,
            VmxMsr.Ia32VmxCr0Fixed0,
            VmxMsr.Ia32VmxCr0Fixed1,
            VmxMsr.Ia32VmxCr4Fixed0,
            VmxMsr.Ia32VmxCr4Fixed1,
            VmxMsr.Ia32VmxVmcsEnum,
        ];

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
        var known = new List<VmxMsr>([.. Everywhere]);
        foreach (var words in VmxControlWord.ByDepth)
        {
            known.AddRange(words.Where(word => Exists(word, ranges)).Select(word => MsrOf(word, basic)));
            if (HasEptOrVpid(ranges))
                known.Add(VmxMsr.Ia32VmxEptVpidCap);
            Fetch(known);
            known.Clear();
            foreach (var word in words)
                ranges[word.Index] = Exists(word, ranges) ? ReadRange(word, MsrOf(word, basic)) : new VmxControlRange(word.Msr, 0, 0);
        }
        return ranges;
    }

    /// <summary>0 on a processor with neither EPT nor VPIDs.</summary>
    internal ulong ReadEptVpid(VmxControlRange[] ranges) => HasEptOrVpid(ranges) ? Read(VmxMsr.Ia32VmxEptVpidCap) : 0;

    /// <summary>Whether IA32_VMX_EPT_VPID_CAP exists by the controls that may be 1.</summary>
    internal static bool HasEptOrVpid(VmxControlRange[] ranges)
    {
        var settings = ranges[VmxControlWord.SecondaryProcessorBased.Index].Allowed1;
        var secondary = VmxControlWord.Typed<SecondaryProcessorBasedControls>(settings);
        return secondary.EnableEpt || secondary.EnableVpid;
    }

    /// <summary>Whether the MSR of a control word exists, by the word that activates it.</summary>
    internal static bool Exists(VmxControlWord word, VmxControlRange[] ranges) =>
        word.Activator is not { } activator || (ranges[activator.Index].Allowed1 & word.ActivatorBit) != 0;

    private static VmxMsr MsrOf(VmxControlWord word, VmxBasic basic) =>
        basic.TrueControls && word.TrueMsr is { } trueMsr ? trueMsr : word.Msr;

    private VmxControlRange ReadRange(VmxControlWord word, VmxMsr msr)
    {
        // 64-bit words: any control may be 0.
        if (word.Bits == 64)
            return new VmxControlRange(msr, 0, Read(msr));
        // 32-bit words: both settings in one MSR.
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
        if (_msrs.TryReadMsr((uint)msr, out value))
            return true;
        if (!source.TryReadMsr((uint)msr, out value))
            return false;
        _msrs[msr] = value;
        return true;
    }

    private void Fetch(List<VmxMsr> msrs)
    {
        var indices = new uint[msrs.Count];
        var values = new ulong[msrs.Count];
        var exist = new bool[msrs.Count];
        for (var i = 0; i < indices.Length; i++)
            indices[i] = (uint)msrs[i];
        source.TryReadMsrs(indices, values, exist);
        for (var i = 0; i < indices.Length; i++)
        {
            if (exist[i])
                _msrs[msrs[i]] = values[i];
        }
    }
}
