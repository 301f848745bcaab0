using System;
using System.Collections.Generic;
using VmcsGen.Tool.Findings;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.Regions;

/// <summary>A VMCS as memory holds it.</summary>
internal sealed class Region : IVmcsRecord
{
    /// <param name="layout">How it lies there.</param>
    /// <param name="bytes">The memory: as much as the layout uses, or more.</param>
    public Region(RegionLayout layout, ReadOnlySpan<byte> bytes)
    {
        Layout = layout;
        var values = new ulong[layout.Members.Count];
        var fields = new Dictionary<VmcsField, ulong>();
        for (var i = 0; i < values.Length; i++)
        {
            var member = layout.Members[i];
            values[i] = RegionLayout.Read(bytes, member);
            if (member.Field is { } field)
                fields[field] = values[i];
        }
        Values = values;
        Fields = fields;
    }

    /// <summary>How it lies there.</summary>
    public RegionLayout Layout { get; }

    /// <summary>The values of the layout's members, in their order.</summary>
    public IReadOnlyList<ulong> Values { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<VmcsField, ulong> Fields { get; }

    /// <inheritdoc/>
    public string Noun => "region";

    /// <inheritdoc/>
    public string Kind => Layout.Name;

    /// <inheritdoc/>
    public bool CanHold(VmcsField field) => Layout.Stores(field);
}
