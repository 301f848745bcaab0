using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using Microsoft.Win32.SafeHandles;

namespace VmcsGen.Tool.Traces;

/// <summary>
/// Entries and exits as they happen: an instance of ftrace of its own (Documentation/trace/ftrace.rst), so that other traces go on as they
/// are. It is taken away at the end.
/// </summary>
internal sealed partial class LiveTrace : IDisposable
{
    private const int WaitMilliseconds = 100;
    private const short Readable = 1;
    private const int Interrupted = 4;
    private const int WouldBlock = 11;

    private readonly string _instance;
    private readonly SafeFileHandle _pipe;

    private LiveTrace(string instance)
    {
        _instance = instance;
        var any = false;
        foreach (
            var file in TraceReader.Points.Select(point => Path.Combine(instance, "events", "kvm", point, "enable")).Where(File.Exists)
        )
        {
            File.WriteAllText(file, "1");
            any = true;
        }
        if (!any)
            throw new FileNotFoundException("the kernel has no trace points of KVM; 'modprobe kvm' brings them");
        _pipe = File.OpenHandle(Path.Combine(instance, "trace_pipe"));
    }

    /// <summary>Begins to trace.</summary>
    /// <param name="tracefs">Where tracefs is mounted.</param>
    /// <exception cref="InputException">That is not possible; the message says why.</exception>
    public static LiveTrace Begin(string tracefs)
    {
        var instances = Path.Combine(tracefs, "instances");
        if (!Directory.Exists(instances))
        {
            throw new InputException(
                $"{tracefs}: this is no tracefs, or it is not mounted: 'mount -t tracefs tracefs /sys/kernel/tracing' as root."
            );
        }
        var instance = Path.Combine(instances, $"vmcsgen-{Environment.ProcessId}");
        try
        {
            Directory.CreateDirectory(instance);
            try
            {
                return new(instance);
            }
            catch
            {
                Directory.Delete(instance);
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                $"{tracefs}: guests cannot be traced: {e.Message}. It takes root, and a kernel that is not locked down."
            );
        }
    }

    /// <summary>What ftrace prints, until it is cancelled; waits for what comes.</summary>
    public Stream Read(CancellationToken stop) => new LiveStream(_pipe, stop);

    /// <inheritdoc/>
    public void Dispose()
    {
        _pipe.Dispose();
        // This ends its events too.
        Directory.Delete(_instance);
    }

    [LibraryImport("libc", EntryPoint = "poll")]
    private static unsafe partial int Poll(PollDescriptor* descriptors, ulong count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static unsafe partial nint Read(SafeFileHandle file, byte* buffer, nuint size);

    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Found;
    }

    // A read that waits in the kernel could not be cancelled. And a file of tracefs looks as if it had places, but refuses them, so that
    // the streams of .NET do not read it.
    private sealed class LiveStream(SafeFileHandle pipe, CancellationToken stop) : ReadOnlyStream
    {
        public override unsafe int Read(Span<byte> buffer)
        {
            while (!stop.IsCancellationRequested)
            {
                var descriptor = new PollDescriptor { Descriptor = (int)pipe.DangerousGetHandle(), Events = Readable };
                if (Poll(&descriptor, 1, WaitMilliseconds) <= 0)
                    continue;
                nint read;
                fixed (byte* bytes = buffer)
                    read = LiveTrace.Read(pipe, bytes, (nuint)buffer.Length);
                if (read >= 0)
                    return (int)read;
                var error = Marshal.GetLastPInvokeError();
                if (error is not (Interrupted or WouldBlock))
                    throw new IOException($"the trace cannot be read: {Marshal.GetPInvokeErrorMessage(error)}");
            }
            return 0;
        }
    }
}
