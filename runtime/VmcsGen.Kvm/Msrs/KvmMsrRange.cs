using System;
using System.Runtime.InteropServices;

namespace VmcsGen.Kvm;

/// <summary>
/// A range of MSRs and which of them the guest may access: a part of the filter that
/// <see cref="KvmVm.X86SetMsrFilter"/> takes. Source: Documentation/virt/kvm/api.rst 4.97.
/// </summary>
public sealed class KvmMsrRange
{
    /// <summary>The largest number of MSRs in a range: a bit each of KVM_MSR_FILTER_MAX_BITMAP_SIZE bytes.</summary>
    public const int MaxCount = (int)KvmVcpuLimits.KvmMsrFilterMaxBitmapSize * BitsOfByte;

    private const KvmMsrFilterRangeFlags BothAccesses = KvmMsrFilterRangeFlags.Read | KvmMsrFilterRangeFlags.Write;

    private const int BitsOfByte = 8;
    private const int BitsOfWord = 64;

    // KVM reads whole words, so that it may read beyond the last byte that counts.
    private readonly ulong[] _words;

    /// <summary>Describes a range MSR by MSR.</summary>
    /// <param name="first">Number of the first MSR.</param>
    /// <param name="count">Number of MSRs, 1 to <see cref="MaxCount"/>.</param>
    /// <param name="allowed">A bit for each MSR, lowest first: 1 allows the access, 0 denies it.</param>
    /// <param name="access">The kinds of access that the range decides.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range is empty, too long, or goes beyond MSR 0xFFFFFFFF.</exception>
    /// <exception cref="ArgumentException">
    /// The bitmap has fewer bits than there are MSRs; the message says how many bytes are needed.
    /// </exception>
    public KvmMsrRange(uint first, int count, ReadOnlySpan<byte> allowed, KvmMsrFilterRangeFlags access = BothAccesses)
        : this(first, count, access)
    {
        int needed = (count + BitsOfByte - 1) / BitsOfByte;
        if (allowed.Length < needed)
            throw new ArgumentException($"A bitmap of {count} MSRs takes {needed} bytes, and there are {allowed.Length}.", nameof(allowed));
        allowed[..needed].CopyTo(MemoryMarshal.AsBytes(_words.AsSpan()));
    }

    private KvmMsrRange(uint first, int count, KvmMsrFilterRangeFlags access)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaxCount);
        if (uint.MaxValue - first < (uint)count - 1)
            throw new ArgumentOutOfRangeException(nameof(count), count, $"{count} MSRs from 0x{first:X} on go beyond MSR 0xFFFFFFFF.");
        First = first;
        Count = count;
        Access = access;
        _words = new ulong[(count + BitsOfWord - 1) / BitsOfWord];
    }

    /// <summary>Number of the first MSR.</summary>
    public uint First { get; }

    /// <summary>Number of MSRs.</summary>
    public int Count { get; }

    /// <summary>The kinds of access that the range decides.</summary>
    public KvmMsrFilterRangeFlags Access { get; }

    internal ReadOnlySpan<ulong> Words => _words;

    /// <summary>A range that the guest may not access.</summary>
    /// <param name="first">Number of the first MSR.</param>
    /// <param name="count">Number of MSRs, 1 to <see cref="MaxCount"/>.</param>
    /// <param name="access">The kinds of access that are denied; the others are left to what the filter does by default.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range is empty, too long, or goes beyond MSR 0xFFFFFFFF.</exception>
    public static KvmMsrRange Deny(uint first, int count = 1, KvmMsrFilterRangeFlags access = BothAccesses) => new(first, count, access);

    /// <summary>A range that the guest may access, in a filter that denies by default.</summary>
    /// <param name="first">Number of the first MSR.</param>
    /// <param name="count">Number of MSRs, 1 to <see cref="MaxCount"/>.</param>
    /// <param name="access">The kinds of access that are allowed; the others are left to what the filter does by default.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range is empty, too long, or goes beyond MSR 0xFFFFFFFF.</exception>
    public static KvmMsrRange Allow(uint first, int count = 1, KvmMsrFilterRangeFlags access = BothAccesses)
    {
        var range = new KvmMsrRange(first, count, access);
        range._words.AsSpan().Fill(ulong.MaxValue);
        return range;
    }

    /// <summary>Tells whether the range allows what it decides about an MSR.</summary>
    /// <param name="msr">An MSR of the range.</param>
    /// <exception cref="ArgumentOutOfRangeException">The MSR is not of the range.</exception>
    public bool IsAllowed(uint msr)
    {
        uint index = msr - First;
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, (uint)Count, nameof(msr));
        return (_words[index / BitsOfWord] >> (int)(index % BitsOfWord) & 1) != 0;
    }
}
