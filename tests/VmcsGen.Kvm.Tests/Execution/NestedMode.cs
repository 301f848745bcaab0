namespace VmcsGen.Kvm.Tests.Execution;

/// <summary>The mode that a guest of the software processor begins in.</summary>
public enum NestedMode
{
    /// <summary>Real mode, unrestricted.</summary>
    Real,

    /// <summary>32-bit protected mode without paging, unrestricted.</summary>
    Protected,

    /// <summary>32-bit protected mode with paging.</summary>
    ProtectedPaging,

    /// <summary>64-bit mode.</summary>
    SixtyFourBit,
}
