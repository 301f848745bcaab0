using VmcsGen.Vmx;

namespace BareMetal;

/// <summary>
/// Writes the current VMCS, the capability MSRs and the width of physical addresses, a line for each: the name of a field, or the number
/// of an MSR, and the value. The program outside knows the lines by their indentation.
/// </summary>
internal static class Dump
{
    public static void Write()
    {
        Serial.Line($"    PhysicalAddressWidth 0x{(ulong)Cpu.PhysicalAddressWidth():X}");
        var access = ProcessorVmcs.Current.Access;
        foreach (var field in Accessors.Fields)
        {
            if (access.TryRead(field, out var value).IsSuccess)
                Serial.Line($"    {Accessors.NameOf(field)} 0x{value:X}");
        }
        WriteMsrs(VmxMsr.Ia32VmxBasic, VmxMsr.Ia32VmxVmcsEnum);
        if (new PrimaryProcessorBasedControls(Allowed1(VmxMsr.Ia32VmxProcbasedCtls)).ActivateSecondaryControls)
        {
            WriteMsrs(VmxMsr.Ia32VmxProcbasedCtls2, VmxMsr.Ia32VmxProcbasedCtls2);
            var secondary = new SecondaryProcessorBasedControls(Allowed1(VmxMsr.Ia32VmxProcbasedCtls2));
            if (secondary.EnableEpt || secondary.EnableVpid)
                WriteMsrs(VmxMsr.Ia32VmxEptVpidCap, VmxMsr.Ia32VmxEptVpidCap);
            if (secondary.EnableVmFunctions)
                WriteMsrs(VmxMsr.Ia32VmxVmfunc, VmxMsr.Ia32VmxVmfunc);
        }
        if (new VmxBasic(Cpu.ReadMsr((uint)VmxMsr.Ia32VmxBasic)).TrueControls)
            WriteMsrs(VmxMsr.Ia32VmxTruePinbasedCtls, VmxMsr.Ia32VmxTrueEntryCtls);
    }

    private static uint Allowed1(VmxMsr msr) => new VmxControlCapability(Cpu.ReadMsr((uint)msr)).Allowed1;

    private static void WriteMsrs(VmxMsr first, VmxMsr last)
    {
        for (var msr = (uint)first; msr <= (uint)last; msr++)
            Serial.Line($"    0x{msr:X} 0x{Cpu.ReadMsr(msr):X}");
    }
}
