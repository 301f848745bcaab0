using System.Collections.Generic;

namespace VmcsGen.Vmx;

/// <summary>Reads capability MSRs of a source that may lack any of them, and keeps which.</summary>
internal sealed class KnownMsrReader(IMsrSource msrs)
{
    /// <summary>What was to be read and is not known.</summary>
    internal HashSet<VmxMsr> Unknown { get; } = [];

    internal ulong Read(VmxMsr msr)
    {
        if (!msrs.TryRead((uint)msr, out var value))
            Unknown.Add(msr);
        return value;
    }

    /// <summary>Without one of the two nothing is known; it is asked for by the first.</summary>
    internal VmxFixedBits ReadFixedBits(VmxMsr fixed0, VmxMsr fixed1)
    {
        if (msrs.TryRead((uint)fixed0, out var ones) && msrs.TryRead((uint)fixed1, out var zeros))
            return new VmxFixedBits(ones, zeros);
        Unknown.Add(fixed0);
        return new VmxFixedBits(0, ulong.MaxValue);
    }

    internal VmxControlRange[] ReadControls()
    {
        var ranges = new VmxControlRange[VmxControlWord.All.Length];
        foreach (var word in VmxControlWord.All)
            ranges[word.Index] = new VmxControlRange(word.Msr, 0, 0);
        ReadPair(VmxControlWord.PinBased);
        ReadPair(VmxControlWord.PrimaryProcessorBased);
        ReadPair(VmxControlWord.PrimaryVmExit);
        ReadPair(VmxControlWord.VmEntry);
        var primary = MayBeOne<PrimaryProcessorBasedControls>(ranges, VmxControlWord.PrimaryProcessorBased);
        if (primary.ActivateSecondaryControls)
            ReadPair(VmxControlWord.SecondaryProcessorBased);
        if (primary.ActivateTertiaryControls)
            ReadAllowed1(VmxControlWord.TertiaryProcessorBased);
        if (MayBeOne<PrimaryVmExitControls>(ranges, VmxControlWord.PrimaryVmExit).ActivateSecondaryControls)
            ReadAllowed1(VmxControlWord.SecondaryVmExit);
        if (MayBeOne<SecondaryProcessorBasedControls>(ranges, VmxControlWord.SecondaryProcessorBased).EnableVmFunctions)
            ReadAllowed1(VmxControlWord.VmFunctions);
        return ranges;

        // The TRUE one counts unless IA32_VMX_BASIC[55] is known to be 0.
        void ReadPair(VmxControlWord word)
        {
            var isWithoutTrue = msrs.TryRead((uint)VmxMsr.Ia32VmxBasic, out var basic) && !new VmxBasic(basic).TrueControls;
            var msr = isWithoutTrue ? word.Msr : word.TrueMsr ?? word.Msr;
            if (msrs.TryRead((uint)msr, out var value))
                ranges[word.Index] = new VmxControlRange(msr, new VmxControlCapability(value).Allowed0, new VmxControlCapability(value).Allowed1);
            else
                Forget(word, msr);
        }

        void ReadAllowed1(VmxControlWord word)
        {
            if (msrs.TryRead((uint)word.Msr, out var value))
                ranges[word.Index] = new VmxControlRange(word.Msr, 0, value);
            else
                Forget(word, word.Msr);
        }

        void Forget(VmxControlWord word, VmxMsr msr)
        {
            Unknown.Add(msr);
            ranges[word.Index] = new VmxControlRange(msr, 0, ulong.MaxValue);
        }
    }

    /// <summary>0 on a processor that is known to have neither EPT nor VPIDs.</summary>
    internal ulong ReadEptVpid(VmxControlRange[] ranges)
    {
        var secondary = MayBeOne<SecondaryProcessorBasedControls>(ranges, VmxControlWord.SecondaryProcessorBased);
        return secondary.EnableEpt || secondary.EnableVpid ? Read(VmxMsr.Ia32VmxEptVpidCap) : 0;
    }

    private static TControls MayBeOne<TControls>(VmxControlRange[] ranges, VmxControlWord word)
        where TControls : unmanaged => VmxControlWord.Typed<TControls>(ranges[word.Index].Allowed1);
}
