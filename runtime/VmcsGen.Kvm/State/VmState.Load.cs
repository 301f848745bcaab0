using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;

namespace VmcsGen.Kvm;

public sealed partial class VmState
{
    /// <summary>
    /// Reads what <see cref="Save(Stream)"/> wrote. The source need not be trusted: what is wrong with it is told by an
    /// exception, and no more memory is used than it has bytes. Whether the state makes sense, KVM decides when it is restored.
    /// </summary>
    /// <param name="stream">The source; it is left behind the end of the state.</param>
    /// <exception cref="InvalidDataException">
    /// The file is not a snapshot, has another version, is damaged, or cut off; the message says where.
    /// </exception>
    /// <exception cref="IOException">The stream could not be read.</exception>
    public static VmState Load(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var reader = new SnapshotReader(stream);
        reader.Begin();
        var loading = new Loading(reader);
        while (reader.Next())
            loading.Take();
        return loading.Finish();
    }

    /// <summary>Reads a state as <see cref="Load(Stream)"/> does, without blocking the thread on the stream.</summary>
    /// <param name="stream">The source; it is left behind the end of the state.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="InvalidDataException">
    /// The source is not a snapshot, has another version, is damaged, or cut off; the message says where.
    /// </exception>
    /// <exception cref="IOException">The stream could not be read.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async Task<VmState> LoadAsync(Stream stream, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var reader = new SnapshotReader(stream);
        await reader.BeginAsync(cancellationToken).ConfigureAwait(false);
        var loading = new Loading(reader);
        while (await reader.NextAsync(cancellationToken).ConfigureAwait(false))
            loading.Take();
        return loading.Finish();
    }

    /// <summary>Reads a file as <see cref="Load(string)"/> does, without blocking the thread.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="InvalidDataException">
    /// The file is not a snapshot, has another version, is damaged, or cut off; the message says where.
    /// </exception>
    /// <exception cref="IOException">The file could not be read.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async Task<VmState> LoadAsync(string path, CancellationToken cancellationToken = default)
    {
        FileStream file = new(path, new FileStreamOptions { Options = FileOptions.Asynchronous });
        await using (file.ConfigureAwait(false))
            return await LoadAsync(file, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads a file that <see cref="Save(string)"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">
    /// The file is not a snapshot, has another version, is damaged, or cut off; the message says where.
    /// </exception>
    /// <exception cref="IOException">The file could not be read.</exception>
    public static VmState Load(string path)
    {
        using var file = File.OpenRead(path);
        return Load(file);
    }

    /// <summary>A state that is being put together from sections.</summary>
    private sealed class Loading(SnapshotReader reader)
    {
        /// <summary>Guest physical addresses have 52 bits at most. Source: SDM 1 3.3.</summary>
        private const ulong LargestMemory = 1ul << 52;

        private readonly VmState _state = new();
        private readonly List<MemoryState> _memories = [];
        private readonly List<ulong> _ends = []; // Of each memory, where the next pages may begin.
        private readonly List<SlotState> _slots = [];
        private readonly List<KvmIrqchip> _irqchips = [];
        private readonly List<VcpuState> _vcpus = [];
        private readonly HashSet<int> _ids = [];
        private readonly HashSet<int> _slotNumbers = [];
        private readonly HashSet<uint> _seen = []; // Of the VM, or of the vCPU that began last.
        private uint _last; // Of the sections of the VM.

        internal void Take()
        {
            if (reader.Tag == SnapshotTag.Vcpu)
            {
                RequireWholeVcpu();
                TakeVcpu(reader.Get<int>());
                return;
            }
            RequirePlace();
            var isKnown = _vcpus.Count == 0 ? TryTakeOfVm() : _vcpus[^1].TryRead(reader);
            if (!isKnown && !SnapshotTag.IsOptional(reader.Tag))
                throw reader.Wrong(
                    $"it is not known {(_vcpus.Count == 0 ? "before the first vCPU" : "within a vCPU")}, and says it must not be skipped"
                );
            if (isKnown && !SnapshotTag.MayRepeat(reader.Tag) && !_seen.Add(reader.Tag))
                throw reader.Wrong("it is there twice");
        }

        // What a section may refer to was there before it: of the VM the sections have an order.
        private void RequirePlace()
        {
            var place = SnapshotTag.PlaceOf(reader.Tag);
            if (place is null || (_vcpus.Count > 0 && reader.Tag == SnapshotTag.Gaps))
                return;
            if (_vcpus.Count > 0)
                throw reader.Wrong("it belongs to the VM, and stands behind the first vCPU");
            if (place < SnapshotTag.PlaceOf(_last))
                throw reader.Wrong($"it stands behind {SnapshotTag.NameOf(_last)}, which follows it in a snapshot");
            _last = reader.Tag;
        }

        internal VmState Finish()
        {
            RequireWholeVcpu();
            _state.Slots = _slots;
            _state.Irqchips = _irqchips;
            _state.Vcpus = _vcpus;
            return _state;
        }

        private bool TryTakeOfVm()
        {
            switch (reader.Tag)
            {
                case SnapshotTag.Memory:
                    TakeMemory(reader.Get<ulong>());
                    return true;
                case SnapshotTag.Pages:
                    TakePages();
                    return true;
                case SnapshotTag.Slot:
                    TakeSlot(reader.Get<SlotRecord>());
                    return true;
                case SnapshotTag.Irqchip:
                    TakeIrqchip(reader.Get<KvmIrqchip>());
                    return true;
                case SnapshotTag.Pit:
                    _state.Pit = reader.Get<KvmPitState2>();
                    return true;
                case SnapshotTag.Clock:
                    _state.Clock = reader.Get<KvmClockData>();
                    return true;
                case SnapshotTag.Gaps:
                    _state.Gaps = reader.GetAll<StateGap>();
                    return true;
                default:
                    return false;
            }
        }

        private void TakeMemory(ulong size)
        {
            if (size == 0 || size % GuestMemory.PageSize != 0 || size > LargestMemory)
                throw reader.Wrong(
                    $"0x{size:X} is not a size of memory, which is a multiple of {GuestMemory.PageSize} up to 0x{LargestMemory:X}"
                );
            _memories.Add(new MemoryState(size));
            _ends.Add(0);
        }

        private void TakePages()
        {
            var content = reader.Content;
            var length = content.Length - SnapshotFormat.PagesHeaderSize;
            if (length <= 0 || length % GuestMemory.PageSize != 0)
                throw reader.Wrong($"it has {content.Length} bytes, which is not {SnapshotFormat.PagesHeaderSize} and whole pages");
            var pages = MemoryMarshal.Read<PagesRecord>(content);
            RequireZero(pages.Reserved);
            var memory = MemoryAt(pages.MemoryIndex);
            var index = (int)pages.MemoryIndex;
            var count = (ulong)(length / GuestMemory.PageSize);
            var room = memory.Size / GuestMemory.PageSize;
            if (pages.FirstPage < _ends[index] || pages.FirstPage > room || count > room - pages.FirstPage)
            {
                throw reader.Wrong(
                    $"pages {pages.FirstPage} to {pages.FirstPage + count - 1} do not lie behind those before, within the memory's {room}"
                );
            }
            memory.Add(pages.FirstPage * GuestMemory.PageSize, content[SnapshotFormat.PagesHeaderSize..].ToArray());
            _ends[index] = pages.FirstPage + count;
        }

        private void TakeSlot(SlotRecord slot)
        {
            RequireZero(slot.Reserved);
            var memory = MemoryAt(slot.MemoryIndex);
            var number = (int)slot.Number;
            if (number < 0 || !_slotNumbers.Add(number))
                throw reader.Wrong($"slot number {slot.Number} is there twice or too large");
            _slots.Add(new(number, slot.GuestPhysicalAddress, slot.Flags, memory));
        }

        private void TakeIrqchip(in KvmIrqchip chip)
        {
            var id = chip.ChipId;
            if (Array.IndexOf(s_irqchips, id) < 0 || _irqchips.Exists(other => other.ChipId == id))
                throw reader.Wrong($"controller {id} is there twice, or none that there is");
            _irqchips.Add(chip);
        }

        private void RequireZero(uint reserved)
        {
            if (reserved != 0)
                throw reader.Wrong($"its reserved word is 0x{reserved:X}, not 0");
        }

        private void TakeVcpu(int id)
        {
            if (id < 0 || !_ids.Add(id))
                throw reader.Wrong($"vCPU id {(uint)id} is there twice or too large");
            if (_vcpus.Count == SnapshotFormat.MostVcpus)
                throw reader.Wrong($"there are more than {SnapshotFormat.MostVcpus} vCPUs");
            _vcpus.Add(new VcpuState { Id = id });
            _seen.Clear();
        }

        private void RequireWholeVcpu()
        {
            if (_vcpus.Count > 0 && !(_seen.Contains(SnapshotTag.Regs) && _seen.Contains(SnapshotTag.Sregs)))
                throw reader.Wrong($"vCPU {_vcpus[^1].Id} ends here without its registers");
        }

        private MemoryState MemoryAt(uint index) =>
            index < (uint)_memories.Count
                ? _memories[(int)index]
                : throw reader.Wrong($"it names memory {index}, and there were {_memories.Count} so far");
    }
}
