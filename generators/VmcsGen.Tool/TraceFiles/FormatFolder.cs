using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using VmcsGen.Tool.Traces;

namespace VmcsGen.Tool.TraceFiles;

/// <summary>Format files in a folder: <c>/sys/kernel/tracing/events</c>, a copy of it, or of <c>kvm</c> in it.</summary>
internal static class FormatFolder
{
    /// <summary>Reads those of KVM's entries and exits.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public static IReadOnlyList<EventFormat> Read(string folder)
    {
        try
        {
            var formats = TraceReader
                .Points.SelectMany(point => new[] { Path.Combine(folder, "kvm", point, "format"), Path.Combine(folder, point, "format") })
                .Where(File.Exists)
                .Select(static path =>
                    EventFormat.Read(File.ReadAllText(path)) ?? throw new InputException($"{path}: this is no format of an event.")
                )
                .ToArray();
            return formats.Length != 0
                ? formats
                : throw new InputException(
                    $"{folder}: there is no kvm/kvm_exit/format or kvm_exit/format. Name /sys/kernel/tracing/events of the kernel that was traced, or a copy."
                );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{folder}: the formats cannot be read: {e.Message}");
        }
    }
}
