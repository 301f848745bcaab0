using VmcsGen.Vmx;

namespace BareMetal;

/// <summary>The way into VMX operation (SDM 3C 24.7).</summary>
internal static unsafe class VmxOperation
{
    private const uint FeatureLeaf = 1;
    private const int Ecx = 2;
    private const uint Vmx = 1 << 5;
    private const ulong Cr4Vmxe = 1 << 13;

    /// <summary>Enters VMX operation; ends the story where that is not possible.</summary>
    public static void Enter()
    {
        var registers = stackalloc uint[4];
        Cpu.Id(FeatureLeaf, 0, registers);
        if ((registers[Ecx] & Vmx) == 0)
            Power.Fail("CPUID says that this processor has no VMX.");
        Serial.Line("CPUID: the processor has VMX.");
        AllowVmxon();

        Cpu.WriteCr0((Cpu.ReadCr0() | Cpu.ReadMsr((uint)VmxMsr.Ia32VmxCr0Fixed0)) & Cpu.ReadMsr((uint)VmxMsr.Ia32VmxCr0Fixed1));
        Cpu.WriteCr4((Cpu.ReadCr4() | Cr4Vmxe | Cpu.ReadMsr((uint)VmxMsr.Ia32VmxCr4Fixed0)) & Cpu.ReadMsr((uint)VmxMsr.Ia32VmxCr4Fixed1));
        var region = (ulong)Region();
        if (VmxInstructions.On(&region) != 0)
            Power.Fail("VMXON failed.");
        Serial.Line($"VMXON: the processor is in VMX operation, its VMXON region at 0x{region:X}.");
    }

    /// <summary>A page that begins with the revision of VMCSs that this processor uses.</summary>
    public static ulong* Region()
    {
        var region = Memory.Page();
        *(uint*)region = new VmxBasic(Cpu.ReadMsr((uint)VmxMsr.Ia32VmxBasic)).VmcsRevisionIdentifier;
        return region;
    }

    // The firmware locks this MSR with its decision. Ours left it open.
    private static void AllowVmxon()
    {
        var control = new FeatureControl(Cpu.ReadMsr((uint)VmxMsr.Ia32FeatureControl));
        if (control is { Locked: true, VmxOutsideSmx: false })
            Power.Fail("IA32_FEATURE_CONTROL: the firmware has locked VMX out.");
        if (control.Locked)
        {
            Serial.Line("IA32_FEATURE_CONTROL: the firmware allows VMXON.");
            return;
        }
        Cpu.WriteMsr((uint)VmxMsr.Ia32FeatureControl, (control with { VmxOutsideSmx = true, Locked = true }).Value);
        Serial.Line("IA32_FEATURE_CONTROL: the firmware left it open; now VMXON is allowed, and the MSR locked.");
    }
}
