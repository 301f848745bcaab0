using System;
using System.Runtime.InteropServices;

namespace VmcsGen.Vmx.Structures;

/// <summary>
/// The page-modification log: 512 guest-physical addresses of pages that were written for the first time. The processor fills it
/// from the end to the beginning, and the VMCS field PmlIndex is the entry that it writes next (SDM 3C 29.3.6).
/// </summary>
/// <example><code>
/// foreach (var page in new PmlBuffer(log).Logged(vmcs.PmlIndex))
///     MarkDirty(page);
/// vmcs.PmlIndex = PmlBuffer.EmptyIndex;
/// </code></example>
public readonly ref struct PmlBuffer
{
    /// <summary>Entries of the log.</summary>
    public const int EntryCount = VmxPage.Size / sizeof(ulong);

    /// <summary>The PML index of an empty log, the last entry's.</summary>
    public const ushort EmptyIndex = EntryCount - 1;

    private readonly Span<ulong> _entries;

    /// <summary>Uses memory of the caller as it is.</summary>
    /// <param name="memory">4096 bytes. The physical address of the page is the VMCS field PmlAddress.</param>
    /// <exception cref="ArgumentException">The memory is not 4096 bytes long.</exception>
    public PmlBuffer(Span<byte> memory) => _entries = MemoryMarshal.Cast<byte, ulong>(VmxPage.Check(memory, "The page-modification log"));

    /// <summary>Whether the log is full: then the next page that has to be logged causes a VM exit.</summary>
    /// <param name="pmlIndex">The VMCS field PmlIndex. After entry 0 was written it is FFFFH.</param>
    public static bool IsFull(ushort pmlIndex) => pmlIndex >= EntryCount;

    /// <summary>What was logged, the newest first: guest-physical addresses of pages, whose bits 11:0 are 0.</summary>
    /// <param name="pmlIndex">The VMCS field PmlIndex.</param>
    public ReadOnlySpan<ulong> Logged(ushort pmlIndex) => IsFull(pmlIndex) ? _entries : _entries[(pmlIndex + 1)..];
}
