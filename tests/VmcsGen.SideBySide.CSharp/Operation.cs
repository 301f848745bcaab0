using System.Diagnostics;

namespace VmcsGen.SideBySide;

/// <summary>Something that is measured. It may prepare each repetition and time the rest alone.</summary>
internal abstract class Operation
{
    private static ulong s_sink;

    /// <summary>Repeats the operation and returns the nanoseconds that it took.</summary>
    public abstract long Measure(int count);

    /// <summary>Nanoseconds of CLOCK_MONOTONIC.</summary>
    public static long Now() => Stopwatch.GetTimestamp();

    /// <summary>Uses a result, so that nothing is left out for want of a use.</summary>
    protected static void Use(ulong value) => s_sink += value;
}
