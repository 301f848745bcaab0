using System.Text;

namespace VmcsGen.Tool.Emission;

/// <summary>Names of C for what has one of C# alone.</summary>
internal static class EmitNames
{
    /// <summary><c>GuestIa32Efer</c> becomes <c>guest_ia32_efer</c>.</summary>
    public static string Snake(string name)
    {
        var text = new StringBuilder();
        for (var i = 0; i < name.Length; i++)
        {
            var begins =
                char.IsUpper(name[i]) && i != 0 && (!char.IsUpper(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1])));
            if (begins && text[^1] != '_')
                text.Append('_');
            text.Append(char.ToLowerInvariant(name[i]));
        }
        return text.ToString();
    }

    /// <summary><c>GuestIa32Efer</c> becomes <c>GUEST_IA32_EFER</c>.</summary>
    public static string Upper(string name) => Snake(name).ToUpperInvariant();
}
