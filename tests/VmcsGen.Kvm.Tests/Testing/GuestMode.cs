namespace VmcsGen.Kvm.Tests.Testing;

/// <summary>The processor modes in which guests run here.</summary>
public enum GuestMode
{
    /// <summary>16-bit real mode.</summary>
    Real,

    /// <summary>32-bit protected mode without paging, at CPL 0.</summary>
    Protected,

    /// <summary>64-bit mode at CPL 0.</summary>
    LongSupervisor,

    /// <summary>64-bit mode at CPL 3, where the guest may use all ports.</summary>
    LongUser,
}
