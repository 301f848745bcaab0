using System;
using System.Collections.Generic;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>A guest that can be launched, from which cases start.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Mode">The mode it begins in.</param>
/// <param name="HasEpt">Whether it has EPT.</param>
/// <param name="IsUnrestricted">Whether it is an unrestricted guest.</param>
public sealed record GuestKind(string Name, GuestMode Mode, bool HasEpt = false, bool IsUnrestricted = false)
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<GuestKind> All { get; } =
    [
        new("64-bit", GuestMode.Bits64),
        new("64-bit with EPT", GuestMode.Bits64, HasEpt: true),
        new("32-bit", GuestMode.Bits32),
        new("32-bit with EPT", GuestMode.Bits32, HasEpt: true),
        new("PAE", GuestMode.Pae),
        new("PAE with EPT", GuestMode.Pae, HasEpt: true),
        new("virtual-8086", GuestMode.Virtual8086),
        new("real mode", GuestMode.Real, HasEpt: true, IsUnrestricted: true),
        new("32-bit unrestricted", GuestMode.Bits32, HasEpt: true, IsUnrestricted: true),
        new("64-bit unrestricted", GuestMode.Bits64, HasEpt: true, IsUnrestricted: true),
    ];

    /// <summary>Whether a processor has what it needs.</summary>
    public bool IsSupported(VmxCapabilities capabilities)
    {
        ArgumentNullException.ThrowIfNull(capabilities);
        var secondary = capabilities.SecondaryProcessorBased.Allowed1;
        return (!HasEpt || secondary.EnableEpt) && (!IsUnrestricted || secondary.UnrestrictedGuest);
    }

    public override string ToString() => Name;
}
