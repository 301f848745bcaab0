using System;

namespace VmcsGen.Vmx;

/// <summary>The built-in VMCS fields as data: for display, comparison and lookup by name.</summary>
public static partial class VmcsFields
{
    /// <summary>Finds a field's description by its encoding; the encoding of a high half finds the whole field.</summary>
    /// <param name="field">The encoding.</param>
    /// <param name="info">What is known of the field.</param>
    /// <returns>Whether there is such a built-in field.</returns>
    public static bool TryFind(VmcsField field, out VmcsFieldInfo info)
    {
        var encoding = field.Full;
        var low = 0;
        var high = All.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var candidate = All[middle].Field;
            if (candidate == encoding)
            {
                info = All[middle];
                return true;
            }
            if (candidate < encoding)
                low = middle + 1;
            else
                high = middle - 1;
        }
        info = default;
        return false;
    }

    /// <summary>A field for messages: name and encoding, such as <c>TscOffset (high half) (0x2011)</c>, or the encoding alone.</summary>
    /// <param name="field">The encoding.</param>
    public static string NameOf(VmcsField field) =>
        TryFind(field, out var info)
            ? $"{info.Name}{(field.IsHighAccess ? " (high half)" : "")} (0x{(uint)field:X4})"
            : $"0x{(uint)field:X4}";

    /// <summary>Finds a field's description by its C# or native name, without regard to case.</summary>
    /// <param name="name">The name.</param>
    /// <param name="info">What is known of the field.</param>
    /// <returns>Whether there is such a built-in field.</returns>
    public static bool TryFind(string name, out VmcsFieldInfo info)
    {
        foreach (var candidate in All)
        {
            if (
                string.Equals(candidate.Name, name, StringComparison.OrdinalIgnoreCase)
                || string.Equals(candidate.NativeName, name, StringComparison.OrdinalIgnoreCase)
            )
            {
                info = candidate;
                return true;
            }
        }
        info = default;
        return false;
    }
}
