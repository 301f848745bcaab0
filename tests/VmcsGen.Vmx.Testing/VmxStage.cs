namespace VmcsGen.Vmx.Testing;

/// <summary>What was done before an instruction is tried.</summary>
public enum VmxStage
{
    /// <summary>Not in VMX operation: CR4.VMXE is 0, IA32_FEATURE_CONTROL allows VMXON.</summary>
    Outside,

    /// <summary>Not in VMX operation, but CR4.VMXE is 1.</summary>
    Enabled,

    /// <summary>In VMX root operation, without a current VMCS.</summary>
    Root,

    /// <summary>With a current VMCS that is clear and holds nothing.</summary>
    Current,

    /// <summary>With a current VMCS that is clear and describes a guest, which executes CPUID, VMCALL and HLT in 64-bit mode.</summary>
    Programmed,

    /// <summary>That guest was launched and exited on CPUID.</summary>
    Launched,
}
