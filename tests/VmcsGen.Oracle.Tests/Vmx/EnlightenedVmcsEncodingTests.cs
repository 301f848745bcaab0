using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Vmx;
using Xunit;

namespace VmcsGen.Oracle.Tests.Vmx;

/// <summary>Access to an enlightened VMCS by every encoding. A write tells by the clean fields that something changed.</summary>
public sealed class EnlightenedVmcsEncodingTests(ITestOutputHelper output) : EncodingTests<EnlightenedVmcs, EnlightenedVmcsImage>(output)
{
    private readonly IReadOnlyDictionary<uint, uint> _masks = CleanFieldFacts.Masks;

    private protected override LayoutFacts Facts { get; } = LayoutFacts.ReadEnlightenedVmcs();

    private protected override VmxResult TryRead(ref readonly EnlightenedVmcs page, VmcsField field, out ulong value) =>
        page.TryRead(field, out value);

    private protected override VmxResult TryWrite(ref EnlightenedVmcs page, VmcsField field, ulong value) => page.TryWrite(field, value);

    private protected override EnlightenedVmcsImage Create() => EnlightenedVmcsImage.Create();

    private protected override object VmcsOf(EnlightenedVmcsImage image) => image.Vmcs;

    private protected override void MarkChanged(Span<byte> page, uint encoding)
    {
        var clean = page.Slice(Facts.Members.Single(static m => m.Name == "hv_clean_fields").Offset, 4);
        var mask = _masks[encoding & ~1u];
        BinaryPrimitives.WriteUInt32LittleEndian(clean, BinaryPrimitives.ReadUInt32LittleEndian(clean) & ~mask);
    }
}
