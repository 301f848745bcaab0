using System;
using Xunit;

namespace VmcsGen.Vmx.Bochs.Tests.Testing;

/// <summary>Starts a Bochs machine for a test, or skips the test where there is no Bochs.</summary>
internal static class TestMachine
{
    /// <summary>With the value 1 a test fails where it would be skipped for lack of Bochs.</summary>
    public const string RequireVariable = "VMCSGEN_REQUIRE_BOCHS";

    public static BochsMachine Start(string model = BochsMachine.DefaultModel, int processors = 1)
    {
        SkipWithoutBochs();
        return BochsMachine.Start(model, processors: processors);
    }

    public static void SkipWithoutBochs()
    {
        if (BochsMachine.Probe() is not { } reason)
            return;
        Assert.False(Environment.GetEnvironmentVariable(RequireVariable) == "1", $"{RequireVariable}=1, but {reason}");
        Assert.Skip(reason);
    }
}
