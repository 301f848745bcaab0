using System;
using System.Collections;
using System.Collections.Generic;
using System.Text;

namespace VmcsGen.Vmx;

/// <summary>
/// All fields that a VMCS has, with their values at one moment, in the order of encodings: to show, to keep, and to compare.
/// </summary>
/// <example><code>
/// var before = VmcsSnapshot.Capture(vmcs);
/// RunGuest();
/// foreach (var difference in before.FindDifferences(VmcsSnapshot.Capture(vmcs)))
///     Console.WriteLine(difference);          // GuestRip (0x681E): 0x1000 -> 0x1002
/// </code></example>
public sealed class VmcsSnapshot : IReadOnlyList<VmcsFieldValue>
{
    private readonly VmcsFieldValue[] _values;

    private VmcsSnapshot(VmcsFieldValue[] values) => _values = values;

    /// <summary>How many fields the VMCS has.</summary>
    public int Count => _values.Length;

    /// <summary>A field, by its place in the order of encodings.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    public VmcsFieldValue this[int index] => _values[index];

    /// <summary>Reads all built-in and <see cref="VmcsFields.Added"/> fields. Those that the VMCS does not have are left out.</summary>
    /// <typeparam name="TAccess">How the VMCS is reached.</typeparam>
    /// <param name="vmcs">The VMCS.</param>
    /// <exception cref="VmxFailException">There is no current VMCS to read from.</exception>
    public static VmcsSnapshot Capture<TAccess>(Vmcs<TAccess> vmcs)
        where TAccess : struct, IVmcsAccess => Capture(vmcs, VmcsFields.Added);

    /// <summary>Reads all built-in fields and some more. Those that the VMCS does not have are left out.</summary>
    /// <typeparam name="TAccess">How the VMCS is reached.</typeparam>
    /// <param name="vmcs">The VMCS.</param>
    /// <param name="more">Fields that a project's own specs add: <c>All</c> of the class that is generated for them.</param>
    /// <exception cref="VmxFailException">There is no current VMCS to read from.</exception>
    public static VmcsSnapshot Capture<TAccess>(Vmcs<TAccess> vmcs, ReadOnlySpan<VmcsFieldInfo> more)
        where TAccess : struct, IVmcsAccess
    {
        var values = new List<VmcsFieldValue>(VmcsFields.All.Length + more.Length);
        Read(vmcs.Access, VmcsFields.All, values);
        Read(vmcs.Access, more, values);
        values.Sort(static (left, right) => left.Info.Field.CompareTo(right.Info.Field));
        return new([.. values]);
    }

    /// <summary>Finds a field.</summary>
    /// <param name="field">The field's encoding.</param>
    /// <param name="value">The field and its value.</param>
    /// <returns>Whether the VMCS has the field.</returns>
    public bool TryFind(VmcsField field, out VmcsFieldValue value)
    {
        foreach (var candidate in _values)
        {
            if (candidate.Info.Field == field)
            {
                value = candidate;
                return true;
            }
        }
        value = default;
        return false;
    }

    /// <summary>The fields that are different in another snapshot, or that only one of the two VMCSs has.</summary>
    /// <param name="later">The other snapshot, whose values are shown as what the fields became.</param>
    public IReadOnlyList<VmcsFieldDifference> FindDifferences(VmcsSnapshot later)
    {
        ArgumentNullException.ThrowIfNull(later);
        var differences = new List<VmcsFieldDifference>();
        int mine = 0,
            its = 0;
        while (mine < Count || its < later.Count)
        {
            // Both are in the order of encodings: the lower one is missing on the other side.
            var order =
                mine == Count ? 1
                : its == later.Count ? -1
                : this[mine].Info.Field.CompareTo(later[its].Info.Field);
            ulong? before = order <= 0 ? this[mine].Value : null;
            ulong? after = order >= 0 ? later[its].Value : null;
            if (before != after)
                differences.Add(new(order <= 0 ? this[mine].Info : later[its].Info, before, after));
            mine += order <= 0 ? 1 : 0;
            its += order >= 0 ? 1 : 0;
        }
        return differences;
    }

    /// <inheritdoc/>
    public IEnumerator<VmcsFieldValue> GetEnumerator() => ((IEnumerable<VmcsFieldValue>)_values).GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>A line for each field.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var value in _values)
            text.Append(value).Append('\n');
        return text.ToString();
    }

    private static void Read<TAccess>(TAccess access, ReadOnlySpan<VmcsFieldInfo> fields, List<VmcsFieldValue> values)
        where TAccess : struct, IVmcsAccess
    {
        var encodings = new VmcsField[fields.Length];
        for (var i = 0; i < fields.Length; i++)
            encodings[i] = fields[i].Field;
        var read = new ulong[fields.Length];
        var outcomes = new VmxResult[fields.Length];
        FieldReads.Read(access, encodings, read, outcomes);
        for (var i = 0; i < fields.Length; i++)
        {
            if (outcomes[i].IsSuccess)
                values.Add(new(fields[i], read[i]));
            else if (outcomes[i].IsFailInvalid)
                throw new VmxFailException("VMREAD of all fields", outcomes[i]);
        }
    }
}
