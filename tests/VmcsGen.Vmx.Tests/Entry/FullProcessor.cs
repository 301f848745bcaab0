namespace VmcsGen.Vmx.Tests;

/// <summary>A processor that offers every control there is, on top of what a recorded one says: for features that no model has.</summary>
internal static class FullProcessor
{
    public static MsrValues Msrs
    {
        get
        {
            var msrs = RecordedProcessor.Load("tigerlake").Msrs;
            const ulong All1 = 0xFFFF_FFFF_0000_0000;
            msrs[VmxMsr.Ia32VmxTruePinbasedCtls] |= All1;
            msrs[VmxMsr.Ia32VmxTrueProcbasedCtls] |= All1;
            msrs[VmxMsr.Ia32VmxProcbasedCtls2] |= All1;
            msrs[VmxMsr.Ia32VmxTrueExitCtls] |= All1;
            msrs[VmxMsr.Ia32VmxTrueEntryCtls] |= All1;
            msrs[VmxMsr.Ia32VmxProcbasedCtls3] = ulong.MaxValue;
            msrs[VmxMsr.Ia32VmxExitCtls2] = ulong.MaxValue;

            // Error codes are checked, nested exceptions exist, and CR4 may have FRED.
            msrs[VmxMsr.Ia32VmxBasic] = (msrs[VmxMsr.Ia32VmxBasic] & ~(1UL << 56)) | 1UL << 58;
            msrs[VmxMsr.Ia32VmxCr4Fixed1] |= 1UL << 32;
            return msrs;
        }
    }
}
