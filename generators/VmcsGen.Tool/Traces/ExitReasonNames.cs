using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.Traces;

/// <summary>Exit reasons by the names that Linux's trace points print: those of its headers without EXIT_REASON_.</summary>
internal static class ExitReasonNames
{
    /// <summary>The flag of VMX_EXIT_REASON_FLAGS (arch/x86/include/uapi/asm/vmx.h).</summary>
    public const string FailedEntry = "FAILED_VMENTRY";

    private const string Prefix = "EXIT_REASON_";

    // The name of Linux before 5.6 for what was there already.
    private static readonly (string Name, BasicExitReason Reason) s_pendingInterrupt = (
        "PENDING_INTERRUPT",
        BasicExitReason.InterruptWindow
    );

    private static readonly Dictionary<string, BasicExitReason> s_names = Enum.GetValues<BasicExitReason>()
        .Select(static reason => (Name: BasicExitReasonTexts.NativeNameOf(reason), Reason: reason))
        .Where(static one => one.Name?.StartsWith(Prefix, StringComparison.Ordinal) == true)
        .Select(static one => (Name: one.Name![Prefix.Length..], one.Reason))
        .Append(s_pendingInterrupt)
        .ToDictionary(static one => one.Name, static one => one.Reason, StringComparer.Ordinal);

    /// <summary>Finds an exit reason by its name, or by the number that is printed instead of a name that Linux does not know.</summary>
    public static bool TryFind(string name, out ExitReason reason)
    {
        if (s_names.TryGetValue(name, out var basic))
        {
            reason = new ExitReason { BasicReason = basic };
            return true;
        }
        var isNumber = name.StartsWith("0x", StringComparison.Ordinal);
        reason =
            isNumber && uint.TryParse(name.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number)
                ? new ExitReason(number)
                : default;
        return reason.Value != 0;
    }
}
