namespace VmcsGen.Vmx.Fuzz;

/// <summary>The mode in which a guest begins.</summary>
public enum GuestMode
{
    /// <summary>64-bit mode.</summary>
    Bits64,

    /// <summary>32-bit protected mode with paging of 32-bit entries.</summary>
    Bits32,

    /// <summary>32-bit protected mode with PAE paging.</summary>
    Pae,

    /// <summary>Virtual-8086 mode, with paging of 32-bit entries.</summary>
    Virtual8086,

    /// <summary>Real-address mode.</summary>
    Real,
}
