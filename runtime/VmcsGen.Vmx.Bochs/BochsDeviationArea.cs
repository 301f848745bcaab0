namespace VmcsGen.Vmx.Bochs;

/// <summary>What a deviation of Bochs is about.</summary>
public enum BochsDeviationArea
{
    /// <summary>How an instruction in VMX root operation, or outside of VMX operation, ends.</summary>
    Instruction,

    /// <summary>What VM entry checks, and how it reports what it finds.</summary>
    VmEntryCheck,

    /// <summary>What VM entry writes besides.</summary>
    VmEntryEffect,

    /// <summary>Which values WRMSR and MSR-load areas take.</summary>
    Msr,

    /// <summary>Which VM exits a guest has.</summary>
    VmExit,
}
