namespace BareMetal;

/// <summary>The mode in which a guest begins.</summary>
internal enum GuestMode
{
    /// <summary>64-bit mode.</summary>
    Long,

    /// <summary>32-bit protected mode with paging.</summary>
    Protected,

    /// <summary>Real mode, which takes the control "unrestricted guest".</summary>
    Real,
}
