using System.Text;

namespace VmcsGen.Vmx;

/// <summary>The SDM's names of the MSRs, for messages.</summary>
internal static class VmxMsrNames
{
    /// <summary><c>IA32_VMX_BASIC (480H)</c>: the C# names are the SDM's, with capitals in the place of underscores.</summary>
    internal static string Describe(VmxMsr msr) => $"{NameOf(msr.ToString())} ({(uint)msr:X}H)";

    /// <summary><c>IA32_VMX_BASIC</c> of <c>Ia32VmxBasic</c>.</summary>
    internal static string NameOf(string name)
    {
        var text = new StringBuilder();
        foreach (var letter in name)
        {
            if (char.IsAsciiLetterUpper(letter) && text.Length != 0)
                text.Append('_');
            text.Append(char.ToUpperInvariant(letter));
        }
        return text.ToString();
    }
}
