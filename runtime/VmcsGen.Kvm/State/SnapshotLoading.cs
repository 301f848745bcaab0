using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace VmcsGen.Kvm;

/// <summary>A state that is being put together from the sections of a snapshot.</summary>
internal sealed class SnapshotLoading : IDisposable
{
    private readonly SnapshotReader _reader;
    private readonly LoadedPages _pages;
    private readonly VmState? _earlier;
    private readonly VmState _state = new();
    private readonly HostFingerprint _host = new();
    private readonly List<MemoryState> _memories = [];
    private readonly List<SlotState> _slots = [];
    private readonly List<KvmIrqchip> _irqchips = [];
    private readonly List<VcpuState> _vcpus = [];
    private readonly HashSet<int> _ids = [];
    private readonly HashSet<int> _slotNumbers = [];
    private readonly HashSet<uint> _seen = []; // Of the VM, or of the vCPU that began last.
    private uint _last; // Of the sections of the VM.
    private bool _hasHost;

    private SnapshotLoading(SnapshotReader reader, LoadedPages pages, VmState? earlier) =>
        (_reader, _pages, _earlier) = (reader, pages, earlier);

    /// <summary>Loads from a stream, which is read to the end of the snapshot.</summary>
    internal static SnapshotLoading Of(Stream stream)
    {
        var pages = new LoadedPages(file: null);
        return new(new SnapshotReader(stream) { OnPages = pages.Take }, pages, earlier: null);
    }

    /// <summary>Loads from a file, whose pages stay where they are.</summary>
    /// <param name="file">The file, from its beginning.</param>
    /// <param name="earlier">What it holds the differences to, if it holds differences.</param>
    internal static SnapshotLoading Of(FileStream file, VmState? earlier)
    {
        var pages = new LoadedPages(file.CanSeek ? file.SafeFileHandle : null);
        return new(new SnapshotReader(file) { StepsOverPages = file.CanSeek, OnPages = pages.Take }, pages, earlier);
    }

    internal VmState Read()
    {
        _reader.Begin();
        while (_reader.Next())
            Take();
        return Finish();
    }

    internal async Task<VmState> ReadAsync(CancellationToken cancellationToken)
    {
        await _reader.BeginAsync(cancellationToken).ConfigureAwait(false);
        while (await _reader.NextAsync(cancellationToken).ConfigureAwait(false))
            Take();
        return Finish();
    }

    /// <summary>Gives up what no state came to be of.</summary>
    public void Dispose() => _pages.Dispose();

    private void Take()
    {
        if (_reader.Tag == SnapshotTag.Vcpu)
        {
            RequireWholeVcpu();
            TakeVcpu(_reader.Get<int>());
            return;
        }
        var isOfVersion = SnapshotTag.IsOf(_reader.Version, _reader.Tag);
        if (isOfVersion)
            RequirePlace();
        var isKnown = isOfVersion && (_vcpus.Count == 0 ? TryTakeOfVm() : _vcpus[^1].TryRead(_reader));
        if (!isKnown && !SnapshotTag.IsOptional(_reader.Tag))
            throw _reader.Wrong(
                $"it is not known {(_vcpus.Count == 0 ? "before the first vCPU" : "within a vCPU")}, and says it must not be skipped"
            );
        if (isKnown && !SnapshotTag.MayRepeat(_reader.Tag) && !_seen.Add(_reader.Tag))
            throw _reader.Wrong("it is there twice");
    }

    // What a section may refer to was there before it: of the VM the sections have an order.
    private void RequirePlace()
    {
        var place = SnapshotTag.PlaceOf(_reader.Tag);
        if (place is null || (_vcpus.Count > 0 && _reader.Tag == SnapshotTag.Gaps))
            return;
        if (_vcpus.Count > 0)
            throw _reader.Wrong("it belongs to the VM, and stands behind the first vCPU");
        if (place < SnapshotTag.PlaceOf(_last))
            throw _reader.Wrong($"it stands behind {SnapshotTag.NameOf(_last)}, which follows it in a snapshot");
        _last = _reader.Tag;
    }

    private VmState Finish()
    {
        RequireWholeVcpu();
        RequireEarlier();
        var contents = _pages.Finish(_reader);
        for (var i = 0; i < contents.Count; i++)
            _memories[i].Pages = contents[i];
        _state.Slots = _slots;
        if (_earlier is not null)
            PutOver(_earlier);
        _state.Irqchips = _irqchips;
        _state.Vcpus = _vcpus;
        _state.Host = _hasHost ? _host : null;
        _state.Keep(_pages.Release(), _earlier);
        return _state;
    }

    // The order of the slots tells which memory is which.
    private void PutOver(VmState earlier)
    {
        MemoryState[] before = [.. earlier.Memories()];
        MemoryState[] now = [.. _state.Memories()];
        if (!before.Select(static memory => memory.Size).SequenceEqual(now.Select(static memory => memory.Size)))
            throw new InvalidDataException("The snapshot holds differences to memories of other sizes than those of the state it names.");
        foreach (var (memory, old) in now.Zip(before))
            memory.Pages = memory.Pages.Over(old.Pages);
    }

    private void RequireEarlier()
    {
        if (_earlier is null && _pages.BaseId == Guid.Empty)
            return;
        if (_earlier is not null && _pages.BaseId != Guid.Empty && _pages.BaseId == _earlier.Id)
        {
            _earlier.RequireContents();
            return;
        }
        if (_earlier is null)
        {
            throw new InvalidDataException(
                $"The snapshot holds the differences to another, {_pages.BaseId}. Load that first, and then this from its file, with it."
            );
        }
        throw new ArgumentException(
            _pages.BaseId == Guid.Empty
                ? "The snapshot holds a whole state, and needs no earlier one."
                : $"The snapshot holds the differences to {_pages.BaseId}, and the state that was given is {_earlier.Id}."
        );
    }

    private bool TryTakeOfVm()
    {
        switch (_reader.Tag)
        {
            case SnapshotTag.Identity:
                _state.Id = _pages.TakeIdentity(_reader);
                return true;
            case SnapshotTag.Memory:
                _memories.Add(new(_pages.Begin(_reader)));
                return true;
            case SnapshotTag.Pages:
                _pages.TakeFirstVersion(_reader);
                return true;
            case SnapshotTag.Data:
                _pages.TakeData(_reader);
                return true;
            case SnapshotTag.Away:
                _pages.TakeAway(_reader);
                return true;
            case SnapshotTag.Extents:
                _pages.TakeExtents(_reader);
                return true;
            case SnapshotTag.Sums:
                _pages.TakeSums(_reader);
                return true;
            case SnapshotTag.Slot:
                TakeSlot(_reader.Get<SlotRecord>());
                return true;
            case SnapshotTag.Irqchip:
                TakeIrqchip(_reader.Get<KvmIrqchip>());
                return true;
            case SnapshotTag.Pit:
                _state.Pit = _reader.Get<KvmPitState2>();
                return true;
            case SnapshotTag.Clock:
                _state.Clock = _reader.Get<KvmClockData>();
                return true;
            case SnapshotTag.Named:
                NamedSection.Read(_reader, _state.Sections);
                return true;
            case SnapshotTag.Gaps:
                _state.Gaps = _reader.GetAll<StateGap>();
                return true;
            default:
                var isOfHost = _host.TryRead(_reader);
                _hasHost |= isOfHost;
                return isOfHost;
        }
    }

    private void TakeSlot(SlotRecord slot)
    {
        if (slot.Reserved != 0)
            throw _reader.Wrong($"its reserved word is 0x{slot.Reserved:X}, not 0");
        if (slot.MemoryIndex >= (uint)_memories.Count)
            throw _reader.Wrong($"it names memory {slot.MemoryIndex}, and there were {_memories.Count} so far");
        var number = (int)slot.Number;
        if (number < 0 || !_slotNumbers.Add(number))
            throw _reader.Wrong($"slot number {slot.Number} is there twice or too large");
        _slots.Add(new(number, slot.GuestPhysicalAddress, slot.Flags, _memories[(int)slot.MemoryIndex]));
    }

    private void TakeIrqchip(in KvmIrqchip chip)
    {
        var id = chip.ChipId;
        if (Array.IndexOf(VmState.IrqchipIds, id) < 0 || _irqchips.Exists(other => other.ChipId == id))
            throw _reader.Wrong($"controller {id} is there twice, or none that there is");
        _irqchips.Add(chip);
    }

    private void TakeVcpu(int id)
    {
        if (id < 0 || !_ids.Add(id))
            throw _reader.Wrong($"vCPU id {(uint)id} is there twice or too large");
        if (_vcpus.Count == SnapshotFormat.MostVcpus)
            throw _reader.Wrong($"there are more than {SnapshotFormat.MostVcpus} vCPUs");
        _vcpus.Add(new VcpuState { Id = id });
        _seen.Clear();
    }

    private void RequireWholeVcpu()
    {
        if (_vcpus.Count > 0 && !(_seen.Contains(SnapshotTag.Regs) && _seen.Contains(SnapshotTag.Sregs)))
            throw _reader.Wrong($"vCPU {_vcpus[^1].Id} ends here without its registers");
    }
}
