using System;
using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace VmcsGen.Kvm.Tests.Testing;

/// <summary>Opens KVM for a test, or skips the test where KVM or a capability is missing.</summary>
internal static class TestHost
{
    /// <summary>With the value 1 a test fails where it would be skipped for lack of KVM.</summary>
    public const string RequireVariable = "VMCSGEN_REQUIRE_KVM";

    // Set by tests/lab.sh.
    private const string LabVariable = "VMCSGEN_LAB";

    /// <summary>
    /// How often something is to be repeated, or how many there are to be: less in an emulated machine, which is dozens of times slower.
    /// </summary>
    /// <param name="number">On a processor.</param>
    /// <param name="emulated">In an emulated machine.</param>
    /// <param name="variable">An environment variable that states another number, for a long run.</param>
    public static int Many(int number, int emulated, string? variable = null) =>
        variable is not null && int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var stated)
            ? stated
        : Environment.GetEnvironmentVariable(LabVariable) is null ? number
        : emulated;

    /// <summary>Whether this is an emulated machine, of a certain kind.</summary>
    public static bool IsLab(string lab) => Environment.GetEnvironmentVariable(LabVariable) == lab;

    /// <summary>Skips a test that a lab's emulator is known not to be up to.</summary>
    /// <param name="lab">The lab.</param>
    /// <param name="reason">What was seen there.</param>
    public static void SkipInLab(string lab, string reason) => Assert.SkipWhen(IsLab(lab), reason);

    /// <summary>
    /// RFLAGS of guests that begin, which are not interrupted by anything. In Bochs a guest with RFLAGS.IF 0 holds back the interrupts of
    /// the host (docs/deviations.md): a signal would never get it out of a loop. There they have the flag.
    /// </summary>
    public static ulong FirstRflags => IsLab("intel") ? 0x202u : 2;

    public static KvmHost Open(params ReadOnlySpan<KvmCapability> required)
    {
        if (!KvmHost.TryOpen(out var host, out var unavailable))
        {
            var reason = $"{unavailable.Reason}: {unavailable}";
            Assert.False(Environment.GetEnvironmentVariable(RequireVariable) == "1", $"{RequireVariable}=1, but {reason}");
            Assert.Skip(reason);
            throw new UnreachableException();
        }

        foreach (var capability in required)
        {
            if (host.Has(capability))
                continue;
            host.Dispose();
            Assert.Skip($"This host's KVM lacks the capability {capability}.");
        }
        return host;
    }
}
