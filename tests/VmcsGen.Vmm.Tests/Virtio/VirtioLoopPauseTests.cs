using System.IO;
using System.Threading;
using Xunit;

namespace VmcsGen.Vmm.Tests.Virtio;

/// <summary>Pauses and snapshots while devices are served.</summary>
[Trait("Needs", "Kvm")]
public class VirtioLoopPauseTests
{
    [Fact]
    public void Ring_that_nobody_has_served_yet_is_served_after_a_snapshot()
    {
        using MemoryStream snapshot = new();
        using (RingingMachine guest = new(new EchoDevice(), static code => RingingGuest.RingAndPoll(code, 3)))
        {
            using (guest.Machine.Loop.Pause())
            {
                guest.Start();
                Assert.True(
                    SpinWait.SpinUntil(() => guest.Driver.Memory.Read<ushort>(TestDriver.Available + 2) == 1, RingingMachine.Patience)
                );
                // It polls by now, or has still to ring; nobody serves it.
                guest.Machine.Save(snapshot);
                Assert.Equal(0, guest.Driver.UsedIndex);
            }
            Assert.Equal(RingingMachine.Done, guest.Wait());
        }
        snapshot.Position = 0;
        using RingingMachine other = new(new EchoDevice(), static code => code.hlt());
        other.Machine.Restore(snapshot);
        other.Machine.Start();
        Assert.Equal(RingingMachine.Done, other.Wait());
        Assert.Equal(3, other.Driver.UsedIndex);
    }

    [Fact]
    public void Snapshots_in_the_middle_of_requests_go_on()
    {
        using RingingMachine guest = new(new EchoDevice(), static code => RingingGuest.RingAndPoll(code, int.MaxValue));
        guest.Start();
        for (var i = 0; i < 3; i++)
        {
            AwaitProgress(guest.Driver);
            using MemoryStream snapshot = new();
            guest.Machine.Save(snapshot);
            snapshot.Position = 0;
            using RingingMachine other = new(new EchoDevice(), static code => code.hlt());
            other.Machine.Restore(snapshot);
            other.Machine.Start();
            AwaitProgress(other.Driver);
        }

        static void AwaitProgress(TestDriver driver)
        {
            var at = driver.UsedIndex;
            Assert.True(
                SpinWait.SpinUntil(() => (ushort)(driver.UsedIndex - at) is > 20 and < 0x8000, RingingMachine.Patience),
                $"It stands still at {at}."
            );
        }
    }

    [Fact]
    public void Pause_waits_for_the_request_that_is_served()
    {
        using ManualResetEventSlim mayServe = new();
        EchoDevice device = new(mayServe);
        using RingingMachine guest = new(device, static code => RingingGuest.RingAndPoll(code, 1));
        guest.Start();
        Assert.True(device.Entered.Wait(RingingMachine.Patience));
        using Timer timer = new(_ => mayServe.Set(), null, 50, Timeout.Infinite);
        using (guest.Machine.Pause())
            Assert.Equal(1, guest.Driver.UsedIndex);
        Assert.Equal(RingingMachine.Done, guest.Wait());
    }

    [Fact]
    public void Machine_that_ends_during_a_pause_can_be_waited_for()
    {
        using RingingMachine guest = new(new EchoDevice(), static code => RingingGuest.RingAndPoll(code, int.MaxValue));
        guest.Start();
        using (guest.Machine.Pause())
        {
            guest.Machine.End(new(MachineEndReason.Stopped));
            Assert.Equal(new MachineEnd(MachineEndReason.Stopped), guest.Wait());
        }
    }
}
