using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Units;
using VmcsGen.Vmx;
using VmcsField = VmcsGen.Vmx.VmcsField;

namespace VmcsGen.Tool.Regions;

/// <summary>How somebody keeps a VMCS in memory.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="Revision">What its first four bytes are, without the shadow-VMCS indicator; null where that is not known.</param>
/// <param name="Members">What lies where.</param>
internal sealed record RegionLayout(string Name, int Size, uint? Revision, IReadOnlyList<RegionMember> Members)
{
    // Bit 31 of the first four bytes: shadow-VMCS indicator (SDM 3C 25.2).
    private const uint RevisionBits = 0x7FFF_FFFF;

    // Hyper-V's enlightened VMCS has the version in the place of the revision identifier (TLFS, HV_VMX_ENLIGHTENED_VMCS).
    private const uint EnlightenedVersion = 1;

    private readonly HashSet<VmcsField> _fields = [.. Members.Select(static member => member.Field).OfType<VmcsField>()];

    /// <summary>KVM's of a guest hypervisor.</summary>
    public static RegionLayout Vmcs12 { get; } = new("vmcs12", Vmx.Vmcs12.SizeInBytes, Vmx.Vmcs12.RevisionId, Of(Vmx.Vmcs12.Members));

    /// <summary>Hyper-V's, which it shares with a guest hypervisor.</summary>
    public static RegionLayout Enlightened { get; } =
        new("enlightened VMCS", EnlightenedVmcs.SizeInBytes, EnlightenedVersion, Of(EnlightenedVmcs.Members));

    /// <summary>A layout of a spec.</summary>
    public static RegionLayout Of(LayoutUnit unit) =>
        new(
            unit.Name,
            unit.Size,
            (uint?)unit.Revision,
            [
                .. unit.Members.Select(static member => new RegionMember(
                    member.Name,
                    member.Offset,
                    member.Size,
                    (VmcsField?)member.Encoding
                )),
            ]
        );

    /// <summary>Whether it stores a field.</summary>
    public bool Stores(VmcsField field) => _fields.Contains(field);

    /// <summary>Bytes up to the end of the last member: the rest of a region says nothing.</summary>
    public int UsedSize => Members.Max(static member => member.Offset + member.Size);

    /// <summary>Whether memory begins with the layout's revision identifier.</summary>
    public bool HasRevision(ReadOnlySpan<byte> memory) =>
        Revision is not { } revision
        || (memory.Length >= sizeof(uint) && (BinaryPrimitives.ReadUInt32LittleEndian(memory) & RevisionBits) == (revision & RevisionBits));

    /// <summary>Reads a member; members of other lengths than numbers have are 0.</summary>
    public static ulong Read(ReadOnlySpan<byte> region, RegionMember member)
    {
        var bytes = region.Slice(member.Offset, member.Size);
        return member.Size switch
        {
            1 => bytes[0],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            4 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            8 => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
            _ => 0,
        };
    }

    private static RegionMember[] Of(ReadOnlySpan<VmcsLayoutMember> members)
    {
        var all = new RegionMember[members.Length];
        for (var i = 0; i < all.Length; i++)
            all[i] = new(members[i].NativeName ?? members[i].Name, members[i].Offset, members[i].Size, members[i].Field);
        return all;
    }
}
