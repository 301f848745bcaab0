using System;
using System.IO;
using Xunit;

namespace VmcsGen.Package.Tests;

internal static class Kvm
{
    private const string RequireKvm = "VMCSGEN_REQUIRE_KVM";

    /// <summary>Skips the test where no guest can run.</summary>
    public static void Require()
    {
        if (File.Exists("/dev/kvm"))
            return;
        Assert.False(Environment.GetEnvironmentVariable(RequireKvm) == "1", $"{RequireKvm}=1, but there is no /dev/kvm.");
        Assert.Skip("There is no /dev/kvm.");
    }
}
