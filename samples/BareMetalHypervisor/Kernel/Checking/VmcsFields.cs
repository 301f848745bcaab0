using BareMetal;

namespace VmcsGen.Vmx;

/// <summary>The names that rules put into their findings.</summary>
internal static class VmcsFields
{
    internal static string NameOf(VmcsField field) => Accessors.NameOf(field);
}
