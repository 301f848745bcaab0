using System;

namespace VmcsGen.Kvm.Interop;

/// <summary>
/// Tells whether something is released because nobody refers to its owner any more. What spans point into must not go then: a span
/// keeps no owner, so that one may be in use still.
/// </summary>
internal static class Forgotten
{
    [ThreadStatic]
    private static int t_depth;

    /// <summary>Whether the calling thread finalizes an object that was forgotten.</summary>
    internal static bool IsFinalizing => t_depth != 0;

    /// <summary>Called when an object begins to be finalized.</summary>
    internal static void Enter() => t_depth++;

    /// <summary>Called when it was.</summary>
    internal static void Leave() => t_depth--;
}
