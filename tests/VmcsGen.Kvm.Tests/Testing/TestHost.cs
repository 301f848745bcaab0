using System;
using System.Diagnostics;
using Xunit;

namespace VmcsGen.Kvm.Tests.Testing;

/// <summary>Opens KVM for a test, or skips the test where KVM or a capability is missing.</summary>
internal static class TestHost
{
    /// <summary>With the value 1 a test fails where it would be skipped for lack of KVM.</summary>
    public const string RequireVariable = "VMCSGEN_REQUIRE_KVM";

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
