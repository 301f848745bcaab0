using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Units;

namespace VmcsGen.Generators.Resolve;

/// <summary>
/// Warns of flags that have bits in common. A flag that is nothing but others together, as ReadWrite is Read and Write, has none of
/// its own; a mask or a second name says so with <c>overlaps</c>.
/// </summary>
internal static class FlagOverlap
{
    public static void Report(FileScope scope, EnumItem item, IReadOnlyList<EnumMember> members)
    {
        var owners = new Dictionary<int, EnumMember>();
        var items = item.Values.ToLookup(static v => v.Name.Value, static v => v.Constant!);
        var bits = members.Where(m => items[m.Name].First().Overlaps is null).ToArray();
        var union = bits.Where(m => IsOneBit(m.Value)).Aggregate(0ul, static (all, m) => all | m.Value);
        foreach (var member in bits)
        {
            // Several bits, each of which is a flag by itself.
            if (!IsOneBit(member.Value) && (member.Value & ~union) == 0)
                continue;
            for (var bit = 0; bit < 64; bit++)
            {
                if ((member.Value >> bit & 1) == 0)
                    continue;
                if (!owners.TryGetValue(bit, out var other))
                    owners.Add(bit, member);
                else
                {
                    scope.Warn(
                        DiagnosticIds.OverlappingFlags,
                        items[member.Name].First().Expression.At,
                        member.Name,
                        other.Name,
                        item.Name.Value,
                        bit
                    );
                    break;
                }
            }
        }
    }

    private static bool IsOneBit(ulong value) => value != 0 && (value & (value - 1)) == 0;
}
