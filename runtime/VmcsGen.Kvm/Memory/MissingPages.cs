using System;
using System.Globalization;
using System.IO;

namespace VmcsGen.Kvm;

/// <summary>
/// Tells whether somebody supplies the pages of a memory that are not there, by userfaultfd(2): then a page that nobody touched may hold
/// something all the same.
/// </summary>
internal static class MissingPages
{
    // VmFlags in /proc/self/smaps: page faults of missing pages are served. Source: Documentation/filesystems/proc.rst.
    private const string Flag = " um";

    /// <summary>Whether they are supplied in some part of a range; true too if the host does not tell.</summary>
    /// <param name="address">Where the range begins.</param>
    /// <param name="length">Its length in bytes.</param>
    internal static bool AreSupplied(nint address, nuint length)
    {
        try
        {
            var isWithin = false;
            foreach (var line in File.ReadLines("/proc/self/smaps"))
            {
                if (line.StartsWith("VmFlags:", StringComparison.Ordinal))
                {
                    if (isWithin && (line + " ").Contains(Flag + " ", StringComparison.Ordinal))
                        return true;
                }
                else if (TryParse(line, out var start, out var end))
                {
                    isWithin = start < (ulong)address + length && (ulong)address < end;
                }
            }
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    // "7f5d1c000000-7f5d1c021000 rw-p 00000000 00:00 0": other lines have no '-' between two numbers at their beginning.
    private static bool TryParse(ReadOnlySpan<char> line, out ulong start, out ulong end)
    {
        (start, end) = (0, 0);
        var dash = line.IndexOf('-');
        var blank = line.IndexOf(' ');
        return dash > 0
            && blank > dash
            && ulong.TryParse(line[..dash], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out start)
            && ulong.TryParse(line[(dash + 1)..blank], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out end);
    }
}
