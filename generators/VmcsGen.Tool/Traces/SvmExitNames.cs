using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using VmcsGen.Kvm;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.Traces;

/// <summary>
/// Exits of AMD SVM by the names that Linux's trace points print (SVM_EXIT_REASONS in arch/x86/include/uapi/asm/svm.h): those of the spec,
/// <c>ReadCr0</c>, as <c>read_cr0</c>, and <c>PfExcp</c> as <c>PF excp</c>.
/// </summary>
internal static partial class SvmExitNames
{
    private const string Exception = "_excp";

    // Where the kernel writes otherwise.
    private static readonly Dictionary<SvmExitCode, string> s_odd = new()
    {
        [SvmExitCode.ReadTr] = "read_rt",
        [SvmExitCode.WriteTr] = "write_rt",
        [SvmExitCode.IdleHalt] = "idle-halt",
    };

    private static readonly Dictionary<string, SvmExitCode> s_codes = Enum.GetValues<SvmExitCode>()
        .ToDictionary(NameOf, StringComparer.Ordinal);

    /// <summary>The kernel's name of an exit; a number if it is none of SVM.</summary>
    public static string NameOf(SvmExitCode code)
    {
        if (s_odd.TryGetValue(code, out var odd))
            return odd;
        if (!Enum.IsDefined(code))
            return string.Create(CultureInfo.InvariantCulture, $"0x{(uint)code:x}");
        var name = Hump().Replace(code.ToString(), "_$0").ToLowerInvariant();
        return name.EndsWith(Exception, StringComparison.Ordinal) ? $"{name[..^Exception.Length].ToUpperInvariant()} excp" : name;
    }

    /// <summary>
    /// Finds an exit by its name, or by the number that is printed instead of a name that Linux does not know and no exit of VMX has.
    /// </summary>
    public static bool TryFind(string name, out SvmExitCode code)
    {
        if (s_codes.TryGetValue(name, out code))
            return true;
        var isNumber = name.StartsWith("0x", StringComparison.Ordinal);
        if (!isNumber || !uint.TryParse(name.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number))
            return false;
        code = (SvmExitCode)number;
        return Enum.IsDefined(code) && !Enum.IsDefined(new ExitReason(number).BasicReason);
    }

    [GeneratedRegex("(?<!^)[A-Z]", RegexOptions.CultureInvariant)]
    private static partial Regex Hump();
}
