namespace VmcsGen.Vmx;

/// <summary>What VM entry can demand of a VMCS field's value as a whole.</summary>
public enum VmcsValueForm
{
    /// <summary>Nothing: only single bits are checked.</summary>
    Any,

    /// <summary>An address within the processor's physical-address width.</summary>
    PhysicalAddress,

    /// <summary>A canonical linear address.</summary>
    Canonical,

    /// <summary>Not 0.</summary>
    Nonzero,

    /// <summary>Eight bytes, each of which is a memory type that IA32_PAT takes.</summary>
    MemoryTypes,
}
