namespace VmcsGen.Kvm;

/// <summary>The bits of CR4 (SDM 3A 2.5).</summary>
internal static class Cr4Bits
{
    /// <summary>Their names, by number; null for those that have none.</summary>
    internal static readonly string?[] Names =
    [
        "VME",
        "PVI",
        "TSD",
        "DE",
        "PSE",
        "PAE",
        "MCE",
        "PGE",
        "PCE",
        "OSFXSR",
        "OSXMMEXCPT",
        "UMIP",
        "LA57",
        "VMXE",
        "SMXE",
        null,
        "FSGSBASE",
        "PCIDE",
        "OSXSAVE",
        "KL",
        "SMEP",
        "SMAP",
        "PKE",
        "CET",
        "PKS",
        "UINTR",
        null,
        null,
        "LAM_SUP",
        null,
        null,
        null,
        "FRED",
    ];
}
