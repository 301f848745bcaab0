using Xunit;

namespace VmcsGen.Kvm.Tests.Testing;

/// <summary>Processor modes as a theory's data.</summary>
public static class Modes
{
    public static TheoryData<GuestMode> All { get; } = [GuestMode.Real, GuestMode.Protected, GuestMode.LongSupervisor, GuestMode.LongUser];

    /// <summary>Those in which the guest may execute privileged instructions.</summary>
    public static TheoryData<GuestMode> Privileged { get; } = [GuestMode.Real, GuestMode.Protected, GuestMode.LongSupervisor];

    /// <summary>Those with 64-bit registers.</summary>
    public static TheoryData<GuestMode> SixtyFourBit { get; } = [GuestMode.LongSupervisor, GuestMode.LongUser];
}
