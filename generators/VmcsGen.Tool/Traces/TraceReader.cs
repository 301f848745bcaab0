using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text.RegularExpressions;
using VmcsGen.Kvm;
using VmcsGen.Tool.Dumps;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.Traces;

/// <summary>
/// Reads kvm_entry, kvm_exit and kvm_nested_vmexit in the text of ftrace, trace-cmd and perf script, of every Linux since 2.6.37
/// (arch/x86/kvm/trace.h). Other lines are left out.
/// </summary>
internal static partial class TraceReader
{
    /// <summary>The trace points that are read.</summary>
    public static IReadOnlyList<string> Points { get; } = ["kvm_entry", "kvm_exit", "kvm_nested_vmexit"];

    /// <summary>Whether a file begins as a trace with such lines does.</summary>
    public static bool Fits(ReadOnlySpan<byte> head) =>
        head.IndexOf("kvm_exit:"u8) >= 0 || head.IndexOf("kvm_entry:"u8) >= 0 || head.IndexOf("kvm_nested_vmexit:"u8) >= 0;

    /// <summary>Reads the events, one at a time.</summary>
    /// <param name="stream">The trace.</param>
    /// <param name="report">Hears of what cannot be read.</param>
    public static IEnumerable<TraceEvent> Read(Stream stream, Action<LogProblem> report)
    {
        foreach (var (number, offset, text) in new LogReader(stream, report).Lines())
        {
            if (Point().Match(text) is not { Success: true } point)
                continue;
            var start = point.Index + point.Length;
            var name = point.Groups["name"].Value;
            var one = new TraceEvent(number, name) { Time = Time().Match(text[..point.Index]).Groups["time"].Value };
            var rest = text[start..];
            one = one with { Vcpu = Number(rest, Vcpu()) is { } vcpu and <= uint.MaxValue ? (uint)vcpu : null, Rip = Number(rest, Rip()) };
            if (one.IsEntry)
            {
                yield return one;
                continue;
            }
            if (Reason().Match(rest) is not { Success: true } reason)
            {
                report(new(number, offset + start, $"there is no 'reason' behind {name}: the line is left out."));
                continue;
            }
            yield return Exit(one, rest, reason);
        }
    }

    private static TraceEvent Exit(TraceEvent one, string rest, Match reason)
    {
        var name = reason.Groups["name"].Value;
        var flags = reason.Groups["flags"].Value.Trim();
        var text = flags.Length == 0 ? name : $"{name} {flags}";
        if (SvmExitNames.TryFind(name, out var code))
            return one with { ReasonText = text, Svm = Svm(code, rest) };
        if (!ExitReasonNames.TryFind(name, out var value))
            return one with { ReasonText = text };
        if (flags.Contains(ExitReasonNames.FailedEntry, StringComparison.Ordinal))
            value = value with { EntryFailure = true };
        return Short().Match(rest) is { Success: true } shortened
            ? one.WithExit(
                text,
                value,
                (VmcsField.ExitQualification, Hex(shortened.Groups["first"].Value)),
                (SecondNumber(value), Hex(shortened.Groups["second"].Value))
            )
            : one.WithExit(
                text,
                value,
                (VmcsField.ExitQualification, Number(rest, First())),
                (VmcsField.IdtVectoringInformation, Number(rest, Second())),
                (VmcsField.ExitInterruptionInformation, Number(rest, Interruption())),
                (VmcsField.ExitInterruptionErrorCode, Number(rest, ErrorCode()))
            );
    }

    private static SvmExit Svm(SvmExitCode code, string rest) =>
        Short().Match(rest) is { Success: true } shortened
            ? new(code, Hex(shortened.Groups["first"].Value), Hex(shortened.Groups["second"].Value), null, null)
            : new(
                code,
                Number(rest, First()),
                Number(rest, Second()),
                (uint?)Number(rest, Interruption()),
                (uint?)Number(rest, ErrorCode())
            );

    // Two numbers are what Linux before 5.10 prints, and trace-cmd's plugin of any Linux. The second is the interruption information before
    // 5.10, and the IDT-vectoring information since. Of an exit by an event the former is valid; of others it never is.
    private static VmcsField SecondNumber(ExitReason reason) =>
        reason.BasicReason is BasicExitReason.ExceptionOrNmi or BasicExitReason.ExternalInterrupt
            ? VmcsField.ExitInterruptionInformation
            : VmcsField.IdtVectoringInformation;

    private static ulong? Number(string text, Regex where) =>
        where.Match(text) is not { Success: true } match ? null
        : match.Groups["hex"] is { Success: true } hex ? Hex(hex.Value)
        : ulong.TryParse(match.Groups["decimal"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value
        : null;

    private static ulong? Hex(string digits) =>
        ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) ? value : null;

    [GeneratedRegex(@"(?<![\w-])(?:kvm:)?(?<name>kvm_exit|kvm_entry|kvm_nested_vmexit):\s", RegexOptions.CultureInvariant)]
    private static partial Regex Point();

    [GeneratedRegex(@"(?<time>\d+\.\d+):\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex Time();

    [GeneratedRegex(@"\bvcpu\s(?<decimal>\d{1,10})\b", RegexOptions.CultureInvariant)]
    private static partial Regex Vcpu();

    [GeneratedRegex(@"\brip:?\s0x(?<hex>[0-9a-fA-F]{1,16})\b", RegexOptions.CultureInvariant)]
    private static partial Regex Rip();

    [GeneratedRegex(@"\breason:?\s(?<name>[A-Z]{2} excp|[\w-]+)(?<flags>(?:\s[A-Z_|]+)*)(?=\s|$)", RegexOptions.CultureInvariant)]
    private static partial Regex Reason();

    [GeneratedRegex(@"\b(?:info1|ext_inf1:)\s0x(?<hex>[0-9a-fA-F]{1,16})\b", RegexOptions.CultureInvariant)]
    private static partial Regex First();

    [GeneratedRegex(@"\b(?:info2|ext_inf2:)\s0x(?<hex>[0-9a-fA-F]{1,16})\b", RegexOptions.CultureInvariant)]
    private static partial Regex Second();

    [GeneratedRegex(@"\binfo\s(?<first>[0-9a-f]{1,16})\s(?<second>[0-9a-f]{1,16})\b", RegexOptions.CultureInvariant)]
    private static partial Regex Short();

    [GeneratedRegex(@"\b(?:intr_info|ext_int:)\s0x(?<hex>[0-9a-fA-F]{1,8})\b", RegexOptions.CultureInvariant)]
    private static partial Regex Interruption();

    [GeneratedRegex(@"\b(?:error_code|ext_int_err:)\s0x(?<hex>[0-9a-fA-F]{1,8})\b", RegexOptions.CultureInvariant)]
    private static partial Regex ErrorCode();
}
