using System;
using System.Collections.Generic;
using System.Threading;

namespace VmcsGen.Vmx;

/// <summary>VMCS fields as data: for display, comparison and lookup by name.</summary>
/// <remarks>
/// <see cref="All"/> are the built-in ones. Those of a project's own specs are in <c>All</c> of the class that is generated for
/// them and, once that assembly is loaded, in <see cref="Added"/>: so they have names in messages too.
/// </remarks>
public static partial class VmcsFields
{
    private static readonly Lock s_adding = new();
    private static volatile VmcsFieldInfo[] s_added = [];

    /// <summary>The fields that the specs of loaded assemblies add to the built-in ones, in the order of encodings.</summary>
    public static ReadOnlySpan<VmcsFieldInfo> Added => s_added;

    /// <summary>Makes fields known. What is generated for a project's own fields does this when its assembly is loaded.</summary>
    /// <param name="fields">The fields; those whose encodings are known already are left out.</param>
    public static void Add(ReadOnlySpan<VmcsFieldInfo> fields)
    {
        lock (s_adding)
        {
            List<VmcsFieldInfo> added = [.. s_added];
            foreach (var field in fields)
            {
                if (!TryFind(All, field.Field, out _) && !added.Exists(other => other.Field == field.Field))
                    added.Add(field);
            }
            added.Sort(static (left, right) => left.Field.CompareTo(right.Field));
            s_added = [.. added];
        }
    }

    /// <summary>Finds a field's description by its encoding; the encoding of a high half finds the whole field.</summary>
    /// <param name="field">The encoding.</param>
    /// <param name="info">What is known of the field.</param>
    /// <returns>Whether there is such a field, built-in or added.</returns>
    public static bool TryFind(VmcsField field, out VmcsFieldInfo info) => TryFind(All, field, out info) || TryFind(Added, field, out info);

    private static bool TryFind(ReadOnlySpan<VmcsFieldInfo> fields, VmcsField field, out VmcsFieldInfo info)
    {
        var encoding = field.Full;
        var low = 0;
        var high = fields.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var candidate = fields[middle].Field;
            if (candidate == encoding)
            {
                info = fields[middle];
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
    /// <returns>Whether there is such a field, built-in or added.</returns>
    public static bool TryFind(string name, out VmcsFieldInfo info) => TryFind(All, name, out info) || TryFind(Added, name, out info);

    private static bool TryFind(ReadOnlySpan<VmcsFieldInfo> fields, string name, out VmcsFieldInfo info)
    {
        foreach (var candidate in fields)
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
