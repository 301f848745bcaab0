using System;

namespace VmcsGen.Vmx.Testing;

/// <summary>Counts what code allocates on the garbage-collected heap.</summary>
public static class Allocation
{
    private const int Rounds = 10;

    /// <summary>
    /// Returns the bytes that each round of an action allocates: the least of up to ten rounds. The .NET runtime allocates a few
    /// kilobytes now and then on whatever thread is running, for example when it compiles a method again; an action that allocates
    /// does so in every round.
    /// </summary>
    /// <param name="action">The action, which has run before, so that its code is compiled.</param>
    /// <param name="rounds">How often it ran.</param>
    public static long Of(Action action, out int rounds)
    {
        var least = long.MaxValue;
        for (rounds = 0; least != 0 && rounds < Rounds; rounds++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            action();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }

    /// <inheritdoc cref="Of(Action, out int)"/>
    public static long Of(Action action) => Of(action, out _);
}
