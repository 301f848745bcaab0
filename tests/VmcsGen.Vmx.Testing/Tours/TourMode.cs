namespace VmcsGen.Vmx.Testing;

/// <summary>The mode that a guest begins in.</summary>
public enum TourMode
{
    /// <summary>Real mode, on a processor that has unrestricted guests.</summary>
    Real,

    /// <summary>32-bit protected mode without paging, on such a processor too.</summary>
    Protected,

    /// <summary>64-bit mode.</summary>
    SixtyFourBit,
}
