using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Kvm;
using VmcsGen.Tool.Traces;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.TraceFiles;

/// <summary>Reads records of kvm_entry, kvm_exit and kvm_nested_vmexit by the formats of their kernel.</summary>
/// <param name="formats">Their formats.</param>
/// <param name="inNanoseconds">Whether the trace's clock counts nanoseconds.</param>
internal sealed class BinaryEvents(IEnumerable<EventFormat> formats, bool inNanoseconds)
{
    // What the kernel's field isa says of it; without the field it is VMX.
    private const ulong Svm = 2;

    private const ulong NanosecondsPerSecond = 1_000_000_000;

    private readonly Dictionary<ushort, EventFormat> _formats = formats
        .GroupBy(static format => format.Id)
        .ToDictionary(static same => same.Key, static same => same.First());

    /// <summary>Whether there is a format of any of them.</summary>
    public bool Any => _formats.Count != 0;

    /// <summary>Reads a record.</summary>
    /// <returns>The event; null if it is one of others, or too short for what it is.</returns>
    public TraceEvent? Read(ulong time, ReadOnlySpan<byte> record)
    {
        if (record.Length < sizeof(ushort) || !_formats.TryGetValue(BinaryPrimitives.ReadUInt16LittleEndian(record), out var format))
            return null;
        var one = new TraceEvent(0, format.Name)
        {
            Time = inNanoseconds ? $"{time / NanosecondsPerSecond}.{time % NanosecondsPerSecond:D9}" : $"{time}",
            Vcpu = (uint?)format.Value(record, "vcpu_id"),
            Rip = format.Value(record, "guest_rip", "rip"),
        };
        if (one.IsEntry)
            return one;
        return format.Value(record, "exit_reason", "exit_code") is { } reason ? Exit(one, format, record, (uint)reason) : null;
    }

    private static TraceEvent Exit(TraceEvent one, EventFormat format, ReadOnlySpan<byte> record, uint number)
    {
        if (format.Value(record, "isa") is Svm)
            return one with { ReasonText = SvmExitNames.NameOf((SvmExitCode)number), Svm = SvmOf(format, record, number) };
        var reason = new ExitReason(number);
        var basic = (uint)reason.BasicReason;
        // The first of the kernel's lists is VMX's.
        var name = format.Names is [var names, ..] && names.TryGetValue(basic, out var known) ? known : $"0x{basic:x}";
        var interruption = format.Value(record, "intr_info", "exit_int_info");
        var second = format.Value(record, "info2", "exit_info2");
        return one.WithExit(
            reason.EntryFailure ? $"{name} {ExitReasonNames.FailedEntry}" : name,
            reason,
            (VmcsField.ExitQualification, format.Value(record, "info1", "exit_info1")),
            // Before Linux 5.10 the second number is the interruption information.
            (VmcsField.IdtVectoringInformation, interruption is null ? null : second),
            (VmcsField.ExitInterruptionInformation, interruption ?? second),
            (VmcsField.ExitInterruptionErrorCode, format.Value(record, "error_code", "exit_int_info_err"))
        );
    }

    private static SvmExit SvmOf(EventFormat format, ReadOnlySpan<byte> record, uint number) =>
        new(
            (SvmExitCode)number,
            format.Value(record, "info1", "exit_info1"),
            format.Value(record, "info2", "exit_info2"),
            (uint?)format.Value(record, "intr_info", "exit_int_info"),
            (uint?)format.Value(record, "error_code", "exit_int_info_err")
        );
}
