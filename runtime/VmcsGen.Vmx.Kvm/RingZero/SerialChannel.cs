using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;

namespace VmcsGen.Vmx.Kvm;

/// <summary>Bytes on their way from one thread to another. The reader waits for them, or for the end.</summary>
internal sealed class SerialChannel
{
    private readonly Queue<byte> _bytes = new();
    private bool _hasEnded;

    /// <summary>Whether there is a byte.</summary>
    internal bool HasData
    {
        get
        {
            lock (_bytes)
                return _bytes.Count > 0;
        }
    }

    internal void Write(ReadOnlySpan<byte> bytes)
    {
        lock (_bytes)
        {
            foreach (var value in bytes)
                _bytes.Enqueue(value);
            Monitor.PulseAll(_bytes);
        }
    }

    /// <summary>Nothing will come any more.</summary>
    internal void End()
    {
        lock (_bytes)
        {
            _hasEnded = true;
            Monitor.PulseAll(_bytes);
        }
    }

    /// <summary>Waits for a byte or the end; false if the time is over.</summary>
    internal bool Wait(int milliseconds)
    {
        var deadline = Environment.TickCount64 + milliseconds;
        lock (_bytes)
        {
            while (_bytes.Count == 0 && !_hasEnded)
            {
                var left = milliseconds == Timeout.Infinite ? Timeout.Infinite : deadline - Environment.TickCount64;
                if (left is not Timeout.Infinite and <= 0)
                    return false;
                Monitor.Wait(_bytes, (int)left);
            }
            return true;
        }
    }

    /// <summary>Takes what is there, at least a byte; 0 when nothing will come any more.</summary>
    /// <exception cref="IOException">None came in time.</exception>
    internal int Read(Span<byte> buffer, int milliseconds)
    {
        if (buffer.IsEmpty)
            return 0;
        if (!Wait(milliseconds))
            throw new IOException($"Nothing came within {milliseconds} ms.", new TimeoutException());
        lock (_bytes)
        {
            var count = 0;
            while (count < buffer.Length && _bytes.TryDequeue(out var value))
                buffer[count++] = value;
            return count;
        }
    }
}
