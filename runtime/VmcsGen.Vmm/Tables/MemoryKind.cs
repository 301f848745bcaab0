namespace VmcsGen.Vmm;

/// <summary>What is in a range of a memory map, by the numbers of the BIOS function E820.</summary>
public enum MemoryKind
{
    /// <summary>Memory for anybody.</summary>
    Usable = 1,

    /// <summary>Not for use.</summary>
    Reserved = 2,

    /// <summary>ACPI tables, to be used when they were read.</summary>
    AcpiReclaimable = 3,

    /// <summary>Memory that ACPI keeps.</summary>
    AcpiNonVolatile = 4,
}
