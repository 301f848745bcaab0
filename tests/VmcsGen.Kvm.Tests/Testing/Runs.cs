using Xunit;

namespace VmcsGen.Kvm.Tests.Testing;

/// <summary>Runs vCPUs that no <see cref="Guest"/> owns.</summary>
internal static class Runs
{
    /// <summary>Runs to OUT to a port and returns its value; any other exit, and none, fails the test.</summary>
    public static uint ToOut(KvmVcpu vcpu, ushort port)
    {
        var value = 0u;
        Worker.Do(() =>
        {
            var exit = vcpu.Run();
            while (exit.Reason == KvmExitReason.Intr)
                exit = vcpu.Run();
            Assert.True(exit.Reason == KvmExitReason.Io && exit.Io.Port == port, $"Expected OUT to port 0x{port:X}: {exit.ToString()}");
            value = exit.Io.Value;
        });
        return value;
    }
}
