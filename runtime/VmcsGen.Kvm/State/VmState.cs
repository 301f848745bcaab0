using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace VmcsGen.Kvm;

/// <summary>
/// A VM at one moment: its memory, its vCPUs, and the interrupt controllers, timer and clock that KVM keeps for it. It can be
/// restored into another VM, now or, by way of a file, in another process or on another host.
/// </summary>
/// <remarks>
/// Not in it, because KVM does not tell of them and the VMM makes them: capabilities that were enabled, interrupt routes,
/// eventfds, coalesced zones, and the MSR filter. For its own devices there are <see cref="Sections"/>.
/// </remarks>
public sealed partial class VmState : IDisposable
{
    private PageFile[] _files = [];
    private PageSums[] _sums = [];
    private bool _isDisposed;

    /// <summary>Tells this state from all others; who saves and loads it finds it again.</summary>
    public Guid Id { get; internal set; } = Guid.NewGuid();

    /// <summary>The memory slots, by number.</summary>
    public IReadOnlyList<SlotState> Slots { get; internal set; } = [];

    /// <summary>The vCPUs, in the order in which they were given.</summary>
    public IReadOnlyList<VcpuState> Vcpus { get; internal set; } = [];

    /// <summary>The two PICs and the I/O APIC; empty if they are not in the kernel.</summary>
    public IReadOnlyList<KvmIrqchip> Irqchips { get; internal set; } = [];

    /// <summary>The i8254 timer; null if it is not in the kernel.</summary>
    public KvmPitState2? Pit { get; set; }

    /// <summary>kvmclock; null if the host does not tell.</summary>
    public KvmClockData? Clock { get; set; }

    /// <summary>What the host did not have when this was captured, besides what each vCPU says of itself.</summary>
    public IReadOnlyList<StateGap> Gaps { get; internal set; } = [];

    /// <summary>
    /// What the VMM adds, by names of its own: the state of its devices, interrupt routes and the like. It is saved with the rest, in the
    /// same file.
    /// </summary>
    public IDictionary<string, byte[]> Sections { get; } = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);

    /// <summary>
    /// Reads the memory in the file that this was loaded from, and in those that it holds the differences to, and compares it with the
    /// checksums there; where a file has a hole for pages of zeros nothing may stand. A file is looked at only once; what came from a
    /// stream was looked at when it was read.
    /// </summary>
    /// <exception cref="InvalidDataException">A page is not what was written: a disk or a copy is damaged.</exception>
    /// <exception cref="IOException">The file could not be read.</exception>
    public void Verify()
    {
        foreach (var sums in _sums)
            sums.Verify();
    }

    /// <summary>
    /// Gives up the memory's contents, and the descriptor that goes with them. VMs that were restored from them go on. A state that is
    /// forgotten is released by the garbage collector.
    /// </summary>
    public void Dispose()
    {
        _isDisposed = true;
        foreach (var file in _files)
            file.Dispose();
        _files = [];
    }

    /// <summary>Takes over the file with the contents of the memory, and shares those of the state that they are differences to.</summary>
    internal void Keep((PageFile? File, PageSums? Sums) own, VmState? earlier)
    {
        _files = [.. earlier?._files.Select(static file => file.Share()) ?? [], .. own.File is { } file ? new[] { file } : []];
        _sums = [.. earlier?._sums ?? [], .. own.Sums is { } sums ? new[] { sums } : []];
    }

    /// <summary>Looks that differences to this can be made or read.</summary>
    /// <exception cref="ArgumentException">It was saved without the contents of its memory.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed of.</exception>
    internal void RequireContents()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (!Memories().All(static memory => memory.HasContents))
            throw new ArgumentException("The earlier state was saved without the contents of its memory: there are no differences to it.");
    }

    /// <summary>The memories, in the order in which slots map them first.</summary>
    internal IEnumerable<MemoryState> Memories() => Slots.Select(static slot => slot.Memory).Distinct();
}
