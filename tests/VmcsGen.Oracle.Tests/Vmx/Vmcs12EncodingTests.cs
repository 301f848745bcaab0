using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Vmx;
using Xunit;

namespace VmcsGen.Oracle.Tests.Vmx;

/// <summary>Access to a vmcs12 by every encoding.</summary>
public sealed class Vmcs12EncodingTests(ITestOutputHelper output) : EncodingTests<Vmcs12, Vmcs12Image>(output)
{
    private protected override LayoutFacts Facts { get; } = LayoutFacts.ReadVmcs12("current");

    private protected override VmxResult TryRead(ref readonly Vmcs12 page, VmcsField field, out ulong value) =>
        page.TryRead(field, out value);

    private protected override VmxResult TryWrite(ref Vmcs12 page, VmcsField field, ulong value) => page.TryWrite(field, value);

    private protected override Vmcs12Image Create() => Vmcs12Image.Create();

    private protected override object VmcsOf(Vmcs12Image image) => image.Vmcs;
}
