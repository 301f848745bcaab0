using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using VmcsGen.Tool.Traces;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.TraceFiles;

/// <summary>Reads records of kvm_entry, kvm_exit and kvm_nested_vmexit by the formats of their kernel.</summary>
/// <param name="formats">Their formats.</param>
/// <param name="inNanoseconds">Whether the trace's clock counts nanoseconds.</param>
internal sealed class BinaryEvents(IEnumerable<EventFormat> formats, bool inNanoseconds)
{
    // What the kernel's field isa says; without the field it is VMX.
    private const ulong Vmx = 1;

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
        if (format.Value(record, "isa") is { } isa and not Vmx)
            return one with { ReasonText = NameOf(format, 1, number) };
        var reason = new ExitReason(number);
        var name = NameOf(format, 0, (uint)reason.BasicReason);
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

    // The kernel's lists: first VMX's, then SVM's.
    private static string NameOf(EventFormat format, int list, uint number) =>
        format.Names.ElementAtOrDefault(list)?.GetValueOrDefault(number) ?? string.Create(CultureInfo.InvariantCulture, $"0x{number:x}");
}
