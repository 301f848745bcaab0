using System.Collections.Generic;

namespace VmcsGen.Vmx;

/// <summary>Reads capability MSRs of a source that may lack any of them, and keeps which.</summary>
internal sealed class KnownMsrReader(IMsrSource msrs)
{
    /// <summary>The MSRs that were asked for and are not known.</summary>
    internal HashSet<VmxMsr> Unknown { get; } = [];

    internal ulong Read(VmxMsr msr)
    {
        if (!msrs.TryReadMsr((uint)msr, out var value))
            Unknown.Add(msr);
        return value;
    }

    /// <summary>Each of the two by itself: the bits that must be 1, and those that may be.</summary>
    internal VmxFixedBits ReadFixedBits(VmxMsr fixed0, VmxMsr fixed1)
    {
        var ones = Read(fixed0);
        var mayBeOne = Read(fixed1);
        return new VmxFixedBits(ones, Unknown.Contains(fixed1) ? ulong.MaxValue : mayBeOne);
    }

    internal VmxControlRange[] ReadControls()
    {
        var ranges = new VmxControlRange[VmxControlWord.All.Length];
        foreach (var word in VmxControlWord.FromActivators)
        {
            ranges[word.Index] = VmxMsrReader.Exists(word, ranges) ? ReadRange(word) : new VmxControlRange(word.Msr, 0, 0);
        }
        return ranges;
    }

    private VmxControlRange ReadRange(VmxControlWord word)
    {
        var msr = word.Msr;
        // The TRUE one counts unless IA32_VMX_BASIC[55] is known to be 0.
        if (
            word.TrueMsr is { } trueMsr
            && !(msrs.TryReadMsr((uint)VmxMsr.Ia32VmxBasic, out var basic) && !new VmxBasic(basic).TrueControls)
        )
            msr = trueMsr;
        if (!msrs.TryReadMsr((uint)msr, out var value))
        {
            Unknown.Add(msr);
            return new VmxControlRange(msr, 0, ulong.MaxValue);
        }
        // 64-bit words: any control may be 0. 32-bit words: both settings in one MSR.
        return word.Bits == 64
            ? new VmxControlRange(msr, 0, value)
            : new VmxControlRange(msr, new VmxControlCapability(value).Allowed0, new VmxControlCapability(value).Allowed1);
    }

    /// <summary>0 on a processor that is known to have neither EPT nor VPIDs.</summary>
    internal ulong ReadEptVpid(VmxControlRange[] ranges) => VmxMsrReader.HasEptOrVpid(ranges) ? Read(VmxMsr.Ia32VmxEptVpidCap) : 0;
}
