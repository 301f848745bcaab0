using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using VmcsGen.Kvm;
using VmcsGen.Tool.Specs;

namespace VmcsGen.Tool.Facts;

/// <summary>Exit codes of AMD SVM.</summary>
internal static partial class SvmExitFacts
{
    /// <summary>Their group.</summary>
    public const string Svm = "VM exits of SVM";

    private const string NativePrefix = "SVM_EXIT_";
    private const string ManualPrefix = "VMEXIT_";

    /// <summary>All of them.</summary>
    public static IEnumerable<Fact> All => Enum.GetValues<SvmExitCode>().Select(Of);

    private static Fact Of(SvmExitCode code)
    {
        var native = SvmExitCodeTexts.NativeNameOf(code);
        var manual = ManualName(code, native);
        // Traces write what the name here says, in lower case and with other signs between the words.
        var words = Word().Replace(code.ToString(), " $0");
        return new("exit", code.ToString(), native, (uint)code, $"exit code 0x{(uint)code:X} of SVM", () => Describe(code, manual))
        {
            Group = Svm,
            ManualName = manual,
            OtherNames =
            [
                .. ExitFacts.WithoutPrefix(native, NativePrefix),
                .. ExitFacts.WithoutPrefix(manual, ManualPrefix),
                words,
                words.Replace(' ', '_'),
                words.Replace(' ', '-'),
            ],
            // EXITCODE has 64 bits, and those of negative codes are 1 above what Linux stores of them.
            IsMeantBy = number => number == (uint)code || number == (ulong)(int)code,
        };
    }

    private static IEnumerable<(string, string)> Describe(SvmExitCode code, string? manual)
    {
        var doc = SpecSet.Processor.FindEnum(nameof(SvmExitCode))?.Members.FirstOrDefault(member => member.Value == (uint)code)?.Doc;
        (string, string)[] inManual = manual is null ? [] : [("in the manual", manual)];
        return [.. ItemWords.Meaning(doc), ("in C#", $"{nameof(SvmExitCode)}.{code}"), .. inManual, .. ItemWords.Origin(doc)];
    }

    // AMD APM 2, appendix C. Codes of the guest-hypervisor communication block are none of the processor's.
    private static string? ManualName(SvmExitCode code, string? native)
    {
        if (code is >= SvmExitCode.DeExcp and < SvmExitCode.Interrupt)
            return $"{ManualPrefix}EXCP{code - SvmExitCode.DeExcp}";
        if (native is null || !native.StartsWith(NativePrefix, StringComparison.Ordinal))
            return null;
        var register = Access().Match(native);
        return code switch
        {
            SvmExitCode.InvalidGuestState => $"{ManualPrefix}INVALID",
            SvmExitCode.AvicUnacceleratedAccess => $"{ManualPrefix}AVIC_NOACCEL",
            SvmExitCode.Sw => null,
            _ when register.Success => $"{ManualPrefix}{register.Groups["register"].Value}_{register.Groups["access"].Value}",
            _ => ManualPrefix + native[NativePrefix.Length..],
        };
    }

    [GeneratedRegex("^SVM_EXIT_(?<access>READ|WRITE)_(?<register>[CD]R[0-9]+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Access();

    [GeneratedRegex("(?<!^)[A-Z]", RegexOptions.CultureInvariant)]
    private static partial Regex Word();
}
