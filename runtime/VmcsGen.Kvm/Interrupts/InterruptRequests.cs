using System;
using System.Numerics;
using System.Threading;

namespace VmcsGen.Kvm;

/// <summary>
/// The least interrupt controller: a set of vectors that wait to be delivered; the highest is the next. A vector that is
/// requested again before it was delivered is delivered once. Any thread may request.
/// </summary>
public sealed class InterruptRequests : IInterruptSource
{
    private const int WordBits = 64;

    private readonly ulong[] _words = new ulong[256 / WordBits];

    /// <inheritdoc/>
    public bool HasInterrupt
    {
        get
        {
            foreach (ref var word in _words.AsSpan())
            {
                if (Volatile.Read(ref word) != 0)
                    return true;
            }
            return false;
        }
    }

    /// <summary>Requests an interrupt. <see cref="KvmVcpu.Kick"/> the vCPU after it.</summary>
    /// <param name="vector">The vector, 16 or higher: those below are exceptions.</param>
    /// <returns>False if the vector was waiting already.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The vector is one of an exception.</exception>
    public bool Request(byte vector)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vector, 16);
        var bit = 1ul << (vector % WordBits);
        return (Interlocked.Or(ref _words[vector / WordBits], bit) & bit) == 0;
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">No vector is waiting.</exception>
    public byte Acknowledge()
    {
        for (var word = _words.Length - 1; word >= 0; word--)
        {
            var bits = Volatile.Read(ref _words[word]);
            if (bits == 0)
                continue;
            var highest = BitOperations.Log2(bits);
            Interlocked.And(ref _words[word], ~(1ul << highest));
            return (byte)(word * WordBits + highest);
        }
        throw new InvalidOperationException($"No interrupt is waiting: ask {nameof(HasInterrupt)} first.");
    }
}
