using System;
using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Kvm;

/// <summary>
/// Takes a VM back to one moment, again and again: the pages that were written since are put back, and registers, MSRs and devices in the
/// kernel. It costs by what the guest wrote and not by the size of its memory, and allocates nothing. Not for several threads at once.
/// </summary>
/// <remarks>
/// KVM tells which pages the guest wrote. What the VMM itself writes to the guest's memory it must say: by <see cref="Write"/>, or
/// <see cref="NoteWrite"/>. Slots and vCPUs must stay as they are, CPUID included; coalesced zones, eventfds and capabilities are the
/// VMM's.
/// </remarks>
/// <example>
/// <code>
/// using var point = VmResetPoint.Capture(host, vm, vcpu);
/// foreach (var input in inputs)
/// {
///     point.Write(InputAddress, input);
///     RunToEnd(vcpu);
///     point.Reset();
/// }
/// </code>
/// </example>
[MustDispose]
public sealed class VmResetPoint : IDisposable
{
    // An instruction that the VMM abandons needs a few exits at most, however many of its kind it repeats.
    private const int MostExitsOfInstruction = 64;

    private readonly KvmVm _vm;
    private readonly KvmVcpu[] _vcpus;
    private readonly VcpuRestoration[] _restorations;
    private readonly TrackedSlot[] _slots;
    private readonly DirtyRing[] _rings;
    private readonly DirtyPage[] _pages = new DirtyPage[256];
    private IDisposable[] _owned = [];
    private bool _isDisposed;

    internal VmResetPoint(
        VmState state,
        KvmVm vm,
        KvmVcpu[] vcpus,
        VcpuRestoration[] restorations,
        IReadOnlyDictionary<MemoryState, GuestMemory> originals
    )
    {
        State = state;
        _vm = vm;
        _vcpus = vcpus;
        _restorations = restorations;
        // The rings first: they can be refused, and slots hold their memory.
        _rings = vm.Handle.DirtyRingEntries == 0 ? [] : [.. vcpus.Select(static vcpu => vcpu.MapDirtyRing())];
        var slots = vm.SlotTable.All().ToDictionary(static slot => slot.Number);
        _slots = [.. state.Slots.Where(IsWritten).Select(slot => new TrackedSlot(slots[slot.Number], originals[slot.Memory]))];
        Forget();
    }

    /// <summary>The moment to which the VM is taken back.</summary>
    public VmState State { get; }

    /// <summary>How many pages the last reset put back.</summary>
    public int LastPageCount { get; private set; }

    /// <summary>Captures a VM, and tracks from now on what it writes: its slots log dirty pages.</summary>
    /// <param name="host">The VM's host.</param>
    /// <param name="vm">The VM.</param>
    /// <param name="vcpus">Its vCPUs, which stand still.</param>
    /// <exception cref="ArgumentException">A vCPU is missing, there twice, or one of another VM.</exception>
    /// <exception cref="InvalidOperationException">
    /// A vCPU cannot be captured now; see <see cref="VcpuState.Capture"/>. Or the VM has dirty rings, and one was mapped already.
    /// </exception>
    /// <exception cref="KvmException">The kernel refused something.</exception>
    public static VmResetPoint Capture(KvmHost host, KvmVm vm, params ReadOnlySpan<KvmVcpu> vcpus)
    {
        var state = VmState.Capture(host, vm, vcpus);
        Dictionary<MemoryState, GuestMemory> originals = [];
        try
        {
            foreach (var memory in state.Memories())
                originals.Add(memory, memory.Pages.ToMemory());
            foreach (var slot in vm.SlotTable.All())
            {
                if ((slot.Flags & KvmMemoryRegionFlags.Readonly) == 0)
                    slot.SetFlags(slot.Flags | KvmMemoryRegionFlags.LogDirtyPages);
            }
            var restorations = state.Vcpus.Select(static vcpu => new VcpuRestoration(vcpu)).ToArray();
            return new(state, vm, vcpus.ToArray(), restorations, originals) { _owned = [state, .. originals.Values] };
        }
        catch
        {
            state.Dispose();
            foreach (var memory in originals.Values)
                memory.Dispose();
            throw;
        }
    }

    /// <summary>Writes to the guest's memory, and notes it, so that the next reset takes it back.</summary>
    /// <param name="guestPhysicalAddress">Where the bytes go.</param>
    /// <param name="source">The bytes.</param>
    /// <exception cref="GuestMemoryException">Some of them would fall into a hole; nothing was written.</exception>
    public void Write(ulong guestPhysicalAddress, ReadOnlySpan<byte> source)
    {
        _vm.Memory.Write(guestPhysicalAddress, source);
        NoteWrite(guestPhysicalAddress, (ulong)source.Length);
    }

    /// <summary>Notes that the VMM wrote to the guest's memory by other ways, so that the next reset takes it back.</summary>
    /// <param name="guestPhysicalAddress">Where it wrote.</param>
    /// <param name="length">How many bytes.</param>
    public void NoteWrite(ulong guestPhysicalAddress, ulong length)
    {
        foreach (var slot in _slots)
        {
            if (slot.Slot.AddressSpace == 0 && slot.Slot.Range.PartOf(guestPhysicalAddress, length) is { } part)
                slot.Note(part.Start, part.Length);
        }
    }

    /// <summary>
    /// Takes the VM back. Its vCPUs stand still, outside Run; what their last exits left half done is abandoned with the rest, so exits
    /// need not have been answered.
    /// </summary>
    /// <exception cref="InvalidOperationException">Another thread is inside Run.</exception>
    /// <exception cref="KvmException">The kernel refused a piece; the VM is in no defined state then.</exception>
    /// <exception cref="ObjectDisposedException">The point was disposed of.</exception>
    public void Reset()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        foreach (var vcpu in _vcpus)
            Abandon(vcpu);
        FindWritten();
        using (_vm.SlotTable.LiftPatches())
            PutBack();
        for (var i = 0; i < _vcpus.Length; i++)
            _restorations[i].RestoreAgain(_vcpus[i]);
        State.AlignTscs(_vcpus);
        State.RestoreDevicesTo(_vm);
    }

    /// <summary>
    /// Takes what is in the dirty rings, for a VM that has them: call it when Run ends with <see cref="KvmExitReason.DirtyRingFull"/>.
    /// </summary>
    public void CollectRings()
    {
        foreach (var ring in _rings)
        {
            for (int count; (count = ring.Harvest(_pages)) != 0; )
            {
                _vm.ResetDirtyRings();
                foreach (var page in _pages.AsSpan(0, count))
                    Note(page);
            }
        }
    }

    /// <summary>Ends the tracking. The VM stays as it is, and its slots go on to log dirty pages.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        foreach (var slot in _slots)
            slot.Dispose();
        foreach (var ring in _rings)
            ring.Dispose();
        foreach (var owned in _owned)
            owned.Dispose();
    }

    private static bool IsWritten(SlotState slot) => (slot.Flags & KvmMemoryRegionFlags.Readonly) == 0;

    // KVM would complete the instruction with registers that are not its own any more.
    private static void Abandon(KvmVcpu vcpu)
    {
        if (!vcpu.HasUnfinishedExit)
            return;
        for (var i = 0; i < MostExitsOfInstruction; i++)
        {
            if (vcpu.TryCompleteExit(out _))
                return;
        }
        throw new InvalidOperationException($"The instruction of the last exit of vCPU {vcpu.Id} does not come to an end.");
    }

    // What was written before this moment is of no interest.
    private void Forget()
    {
        FindWritten();
        foreach (var slot in _slots)
            slot.Dirty.Clear();
    }

    private void FindWritten()
    {
        if (_rings.Length != 0)
        {
            CollectRings();
            return;
        }
        foreach (var slot in _slots)
        {
            _vm.GetDirtyLog(slot.Dirty);
            if (_vm.Handle.KeepsDirtyLog)
                _vm.ClearDirtyLog(slot.Dirty);
        }
    }

    private void PutBack()
    {
        var count = 0;
        foreach (var slot in _slots)
            count += slot.PutBack();
        LastPageCount = count;
    }

    private void Note(DirtyPage page)
    {
        foreach (var slot in _slots)
        {
            if (slot.Dirty.TryAdd(page))
                return;
        }
    }
}
