using System;
using System.Diagnostics;

namespace VmcsGen.Kvm.Tests.Testing;

/// <summary>
/// Waits that are shorter than a sleep can be. They execute no PAUSE, as Thread.SpinWait does: an emulated processor takes a
/// thousand times as long for it.
/// </summary>
internal static class BusyWait
{
    public static void For(TimeSpan time)
    {
        var start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < time) { }
    }
}
