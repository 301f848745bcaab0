using System;
using System.Collections.Generic;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;

namespace VmcsGen.Kvm;

/// <summary>
/// The names under which this library counts, for a <see cref="MeterListener"/>, OpenTelemetry or <c>dotnet-counters</c>. While
/// nobody listens an exit costs one comparison more, and while somebody does nothing is allocated.
/// </summary>
public static class KvmMetrics
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "VmcsGen.Kvm";

    /// <summary>
    /// A counter of the exits that <see cref="KvmVcpu.Run()"/> returned, of all vCPUs of the process; unit <c>{exit}</c>.
    /// </summary>
    public const string Exits = "kvm.vcpu.exits";

    /// <summary>
    /// The tag of <see cref="Exits"/>: the name of the <see cref="KvmExitReason"/>, such as <c>Io</c>, or <c>_OTHER</c> for a reason
    /// that has no name here.
    /// </summary>
    public const string ExitReason = "kvm.exit.reason";

    private static readonly Meter s_meter = new(MeterName);

    private static readonly Counter<long> s_exits = s_meter.CreateCounter<long>(Exits, "{exit}", "Exits from guests to the VMM.");

    /// <summary>Whether anybody wants to know of exits.</summary>
    internal static bool CountsExits
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => s_exits.Enabled;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void CountExit(KvmExitReason reason)
    {
        var names = Reasons.Names;
        var name = (uint)reason < (uint)names.Length ? names[(uint)reason] ?? "_OTHER" : "_OTHER";
        s_exits.Add(1, new KeyValuePair<string, object?>(ExitReason, name));
    }

    // Made once, since a tag's value is an object and the exits must not make any; and only if somebody listens, since a program's
    // first exit would wait for it.
    private static class Reasons
    {
        internal static readonly string?[] Names = Read();

        private static string?[] Read()
        {
            var reasons = Enum.GetValues<KvmExitReason>();
            var names = new string?[(uint)reasons[^1] + 1]; // The values come in ascending order.
            foreach (var reason in reasons)
                names[(uint)reason] = reason.ToString();
            return names;
        }
    }
}
