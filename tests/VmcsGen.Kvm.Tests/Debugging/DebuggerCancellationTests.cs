using System;
using System.Threading;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Debugging;

public class DebuggerCancellationTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)] // The guest goes by single steps where this KVM does not report breakpoints.
    public void Continue_ends_when_its_token_is_cancelled_and_can_be_called_again(bool hasBreakpoint)
    {
        using var guest = Guest.Create(GuestMode.LongSupervisor, GuestPrograms.SpinForEver);
        using var debugger = new GuestDebugger(guest.Vcpu);
        if (hasBreakpoint)
            Assert.True(debugger.AddBreakpoint(Guest.CodeAddress + 0x800));

        for (var round = 0; round < 3; round++)
        {
            using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(20));
            var refusal = Assert.Throws<OperationCanceledException>(() =>
            {
                while (debugger.Continue(source.Token).Reason == KvmExitReason.Intr)
                {
                    // A signal of the runtime's.
                }
            });
            Assert.Equal(source.Token, refusal.CancellationToken);
            Assert.Equal(DebugStopReasons.None, debugger.LastStop.Reasons);
        }
    }
}
