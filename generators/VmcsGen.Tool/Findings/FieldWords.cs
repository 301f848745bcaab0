using System.Linq;
using System.Text;
using VmcsGen.Kvm;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.Findings;

/// <summary>Values of fields in words.</summary>
internal static class FieldWords
{
    /// <summary>A value in words, as <see cref="VmcsFieldInfo.Describe"/> has it; of CR4, which has no type, its bits.</summary>
    public static string Describe(VmcsFieldInfo info, ulong value)
    {
        if (info.Field is VmcsField.GuestCr4 or VmcsField.HostCr4)
            return Bits(value);
        return info.Describe(value);
    }

    /// <summary>Whether the words are the number alone.</summary>
    public static bool IsNumber(VmcsFieldInfo info, ulong value) => Describe(info, value) == $"0x{value:X}";

    /// <summary>The parts of a value in words.</summary>
    public static string[] Parts(VmcsFieldInfo info, ulong value) => Describe(info, value).Split(", ");

    private static string Bits(ulong value)
    {
        var text = new StringBuilder();
        foreach (var bit in Enumerable.Range(0, 64).Where(bit => (value >> bit & 1) != 0))
            text.Append(text.Length == 0 ? "" : ", ")
                .Append(bit < Cr4Bits.Names.Length && Cr4Bits.Names[bit] is { } name ? name : $"bit {bit}");
        return text.Length == 0 ? "0" : text.ToString();
    }
}
