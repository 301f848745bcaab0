using System;
using System.Runtime.InteropServices;

namespace VmcsGen.Vmx.Software;

/// <summary>A format of VMCS regions. Values are in the order of <see cref="VmcsFields.All"/>.</summary>
internal abstract class SoftwareVmcsRegion
{
    /// <summary>The revision identifier that VMXON and VMPTRLD expect.</summary>
    internal abstract uint RevisionIdentifier { get; }

    internal static SoftwareVmcsRegion Of(SoftwareVmcsFormat format) =>
        format switch
        {
            SoftwareVmcsFormat.AllFields => new AllFieldsRegion(),
            SoftwareVmcsFormat.Vmcs12 => new Vmcs12Region(),
            _ => throw new ArgumentOutOfRangeException(nameof(format), format, "There is no such format of VMCS regions."),
        };

    /// <summary>Whether there is a place for a field.</summary>
    internal abstract bool Stores(VmcsField field);

    internal abstract void Load(ReadOnlySpan<byte> page, Span<ulong> values);

    internal abstract void Save(ReadOnlySpan<ulong> values, Span<byte> page);

    /// <summary>Eight bytes for each field, one behind the other.</summary>
    private sealed class AllFieldsRegion : SoftwareVmcsRegion
    {
        private const int Fields = 64;

        internal override uint RevisionIdentifier => 0x4753_4D56;

        internal override bool Stores(VmcsField field) => true;

        internal override void Load(ReadOnlySpan<byte> page, Span<ulong> values) =>
            MemoryMarshal.Cast<byte, ulong>(page[Fields..])[..values.Length].CopyTo(values);

        internal override void Save(ReadOnlySpan<ulong> values, Span<byte> page) => MemoryMarshal.AsBytes(values).CopyTo(page[Fields..]);
    }

    private sealed class Vmcs12Region : SoftwareVmcsRegion
    {
        private readonly VmcsMemory<Vmcs12> _image = VmcsMemory.Allocate<Vmcs12>();

        internal override uint RevisionIdentifier => 0x11E5_7ED0;

        internal override bool Stores(VmcsField field) => _image.TryRead(field, out _).IsSuccess;

        internal override void Load(ReadOnlySpan<byte> page, Span<ulong> values)
        {
            page.CopyTo(_image.Bytes);
            for (var i = 0; i < values.Length; i++)
                _image.TryRead(VmcsFields.All[i].Field, out values[i]);
        }

        internal override void Save(ReadOnlySpan<ulong> values, Span<byte> page)
        {
            page.CopyTo(_image.Bytes);
            for (var i = 0; i < values.Length; i++)
                _image.TryWrite(VmcsFields.All[i].Field, values[i]);
            _image.Bytes.CopyTo(page);
        }
    }
}
