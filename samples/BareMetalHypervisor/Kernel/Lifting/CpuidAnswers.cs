using VmcsGen.Vmx;

namespace BareMetal.Lifting;

/// <summary>CPUID for a lifted system: the processor's own answers, but for VMX, the hypervisor's leaf, and what mirrors CR4.</summary>
internal static unsafe class CpuidAnswers
{
    private const uint FeatureLeaf = 1;
    private const uint ExtendedFeatureLeaf = 7;
    private const int Ecx = 2;

    private const uint Vmx = 1 << 5;
    private const uint Osxsave = 1 << 27;
    private const uint HypervisorPresent = 1u << 31;
    private const uint Ospke = 1 << 4;

    public static void Give(ref GuestRegisters registers, in Vmcs<ProcessorVmcs> vmcs)
    {
        var leaf = (uint)registers.Rax;
        var subleaf = (uint)registers.Rcx;
        var values = stackalloc uint[4];
        if (leaf is > HypervisorLeaf.Number and <= HypervisorLeaf.Last)
        {
            for (var i = 0; i < 4; i++)
                values[i] = 0;
        }
        else if (leaf == HypervisorLeaf.Number)
        {
            HypervisorLeaf.Answer(values);
        }
        else
        {
            Cpu.Id(leaf, subleaf, values);
        }
        // Two bits say what is in CR4: the guest's, not the hypervisor's.
        if (leaf == FeatureLeaf)
            values[Ecx] = (Mirror(values[Ecx], Osxsave, vmcs.GuestCr4, ControlRegisters.Cr4Osxsave) & ~Vmx) | HypervisorPresent;
        else if (leaf == ExtendedFeatureLeaf && subleaf == 0)
            values[Ecx] = Mirror(values[Ecx], Ospke, vmcs.GuestCr4, ControlRegisters.Cr4ProtectionKeys);
        registers.SetCpuid(values);
        Interrupts.Skip(vmcs);
    }

    private static uint Mirror(uint features, uint feature, nuint cr4, nuint bit) =>
        (cr4 & bit) != 0 ? features | feature : features & ~feature;
}
