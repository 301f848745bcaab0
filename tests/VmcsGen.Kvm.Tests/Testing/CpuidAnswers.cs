using System;
using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Kvm.Tests.Testing;

/// <summary>Compares what lists of CPUID entries answer: an entry of zeros answers what a missing one does.</summary>
internal static class CpuidAnswers
{
    /// <summary>The leaves that answer something in one list and have no entry in another.</summary>
    public static IEnumerable<string> LostIn(ReadOnlySpan<KvmCpuidEntry2> entries, ReadOnlySpan<KvmCpuidEntry2> expected)
    {
        var kept = entries.ToArray().Select(Place).ToHashSet();
        return expected
            .ToArray()
            .Where(entry => (entry.Eax | entry.Ebx | entry.Ecx | entry.Edx) != 0 && !kept.Contains(Place(entry)))
            .Select(static entry =>
                $"{entry.Function:X}.{entry.Index:X} {entry.Flags}: {entry.Eax:X8} {entry.Ebx:X8} {entry.Ecx:X8} {entry.Edx:X8}"
            )
            .ToArray();
    }

    private static (uint, uint) Place(KvmCpuidEntry2 entry) =>
        (entry.Function, entry.Flags.HasFlag(KvmCpuidFlags.SignificantIndex) ? entry.Index : 0);
}
