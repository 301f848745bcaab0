using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

/// <summary>
/// Captures a VM into a file, straight from its memory: nothing of that is held twice. The guest has to stand still for
/// <see cref="Take"/> alone, and goes on while <see cref="Commit"/> brings the file to the disk.
/// </summary>
/// <example>
/// <code>
/// using var capture = VmCapture.Create("guest.state", host, vm);
/// using var state = capture.Take(vcpu);      // The vCPU stands still.
/// state.Sections["serial"] = serial.Save();  // What the VMM keeps.
/// capture.Commit();                          // Now the file is there.
/// </code>
/// </example>
[MustDispose]
public sealed class VmCapture : IDisposable
{
    private readonly KvmHost _host;
    private readonly KvmVm _vm;
    private readonly ReplacedFile _file;
    private readonly PageFile _pages;
    private readonly SnapshotWriter _writer = new();
    private readonly MemoryCapture _memory;
    private readonly VmState? _earlier;
    private readonly List<(MemorySlot Slot, KvmMemoryRegionFlags Flags)> _flags = [];
    private readonly List<(ulong Address, ulong Length)> _noted = [];
    private readonly Guid _id = Guid.NewGuid();
    private VmState? _state;
    private bool _isCommitted;
    private bool _isDisposed;

    private VmCapture(string path, KvmHost host, KvmVm vm, VmState? earlier)
    {
        _host = host;
        _vm = vm;
        _earlier = earlier;
        _ = host.Fingerprint; // Before the guest stands still.
        _file = new(path);
        try
        {
            _pages = new(DescriptorCopy.Of(_file.Stream.SafeFileHandle));
            VmState.WriteIdentity(_writer, _id, earlier?.Id ?? Guid.Empty);
            _memory = new(vm, _pages, BeginMemory);
            _pages.Extend(_writer.Position);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Begins a file beside the one that it is to replace.</summary>
    /// <param name="path">The file; what is there stays until <see cref="Commit"/>.</param>
    /// <param name="host">The VM's host.</param>
    /// <param name="vm">The VM. Its slots must stay as they are until the capture is over.</param>
    /// <exception cref="NotSupportedException">A slot has private memory (guest_memfd), which this process cannot read.</exception>
    /// <exception cref="IOException">The file could not be created.</exception>
    public static VmCapture Create(string path, KvmHost host, KvmVm vm)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(vm);
        return new(path, host, vm, earlier: null);
    }

    /// <summary>
    /// Begins a file that holds the pages alone that were written since an earlier state. It is loaded with that one:
    /// <see cref="VmState.Load(string, VmState)"/>.
    /// </summary>
    /// <param name="path">The file; what is there stays until <see cref="Commit"/>.</param>
    /// <param name="host">The VM's host.</param>
    /// <param name="vm">The VM. Its slots are those of the earlier state, and stay as they are until the capture is over.</param>
    /// <param name="earlier">The state that was captured of this VM, or that it was restored from.</param>
    /// <param name="written">
    /// Which pages were written since, by the guest and by the VMM, for each slot that is not read-only. <see cref="Take"/> looks at them:
    /// fill them in when the guest stands still.
    /// </param>
    /// <exception cref="ArgumentException">
    /// A slot has no bitmap, the earlier state has other slots or memories, or it was saved without their contents.
    /// </exception>
    /// <exception cref="ObjectDisposedException">
    /// The earlier state was disposed of. It is needed until <see cref="Take"/> is over.
    /// </exception>
    /// <exception cref="NotSupportedException">A slot has private memory (guest_memfd), which this process cannot read.</exception>
    /// <exception cref="IOException">The file could not be created.</exception>
    public static VmCapture CreateDifference(string path, KvmHost host, KvmVm vm, VmState earlier, params IEnumerable<DirtyBitmap> written)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(vm);
        ArgumentNullException.ThrowIfNull(earlier);
        ArgumentNullException.ThrowIfNull(written);
        earlier.RequireContents();
        var capture = new VmCapture(path, host, vm, earlier);
        try
        {
            capture._memory.RecordDifferences(earlier, written);
            return capture;
        }
        catch
        {
            capture.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Copies the memory while the guest runs: first all that is there, then, round by round, what was written meanwhile. After that
    /// <see cref="Take"/> has the pages of the last moments left. Until the capture is over the slots log dirty pages, and nobody else may
    /// read their logs.
    /// </summary>
    /// <remarks>KVM tells what the guest writes; what the VMM writes to its memory meanwhile it says by <see cref="NoteWrite"/>.</remarks>
    /// <param name="mostRounds">How often at most what was written is copied again.</param>
    /// <param name="fewPages">Ends the rounds when no more pages than that were written in one.</param>
    /// <param name="progress">Is told of each round.</param>
    /// <param name="cancellationToken">Ends the copying between two rounds; the capture is then to be disposed of.</param>
    /// <exception cref="InvalidOperationException">It is a capture of differences, or was copied or taken already.</exception>
    /// <exception cref="NotSupportedException">The VM has dirty rings, and so no dirty log.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="IOException">The file could not be written.</exception>
    public void CopyWhileRunning(
        int mostRounds = 8,
        ulong fewPages = 256,
        IProgress<CaptureProgress>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        _memory.RequireSlots();
        if (_earlier is not null || _state is not null || _flags.Count != 0)
            throw new InvalidOperationException("Memory is copied once, before the state is taken, and not for differences.");
        if (_vm.Handle.DirtyRingEntries != 0)
            throw new NotSupportedException("The VM has dirty rings, and so no dirty log. Capture it while it stands still.");
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var slot in _vm.SlotTable.All())
            _flags.Add((slot, slot.Flags));
        _memory.BeginRounds();
        progress?.Report(new(0, CountRecorded()));
        for (var round = 1; round <= mostRounds; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var pages = _memory.FindWritten();
            _memory.RecordWritten();
            progress?.Report(new(round, pages));
            if (pages <= fewPages)
                break;
        }
    }

    /// <summary>Notes that the VMM wrote to the guest's memory after <see cref="CopyWhileRunning"/> began. Any thread may do so.</summary>
    /// <param name="guestPhysicalAddress">Where it wrote.</param>
    /// <param name="length">How many bytes.</param>
    public void NoteWrite(ulong guestPhysicalAddress, ulong length)
    {
        lock (_noted)
            _noted.Add((guestPhysicalAddress, length));
    }

    /// <summary>
    /// Reads the state of the VM, and its memory into the file. All its vCPUs must stand still, outside Run, and nothing else may change
    /// the guest's memory.
    /// </summary>
    /// <param name="vcpus">Its vCPUs.</param>
    /// <returns>The state. What is changed in it before <see cref="Commit"/> is in the file.</returns>
    /// <exception cref="ArgumentException">A vCPU is missing, there twice, or one of another VM.</exception>
    /// <exception cref="InvalidOperationException">
    /// A vCPU cannot be captured now; see <see cref="VcpuState.Capture"/>. Or this was called before, or
    /// <see cref="CopyWhileRunning"/> failed, or the VM has got or lost slots.
    /// </exception>
    /// <exception cref="KvmException">The kernel refused something that each host has.</exception>
    /// <exception cref="IOException">The file could not be written.</exception>
    public VmState Take(params ReadOnlySpan<KvmVcpu> vcpus)
    {
        if (_state is not null)
            throw new InvalidOperationException("The state was taken already: a capture is good for one.");
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        _memory.RequireSlots();
        _earlier?.RequireContents();
        VmState.RequireAllVcpusOf(_vm, vcpus);
        var file = _pages.Share();
        try
        {
            lock (_noted)
            {
                foreach (var (address, length) in _noted)
                    _memory.RecordRange(address, length);
            }
            var state = VmState.Capture(_host, _vm, vcpus, _memory, file, _earlier);
            state.Id = _id;
            RestoreFlags(state);
            return _state = state;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Writes the rest of the file, brings it to the disk, and puts it in its place. Before, the file has a name that ends in
    /// <c>.part</c>, and a process that is killed leaves that behind.
    /// </summary>
    /// <exception cref="InvalidOperationException">No state was taken, or this was called before.</exception>
    /// <exception cref="IOException">
    /// The file could not be written; what was in its place is there still. The capture cannot be committed again, but
    /// <see cref="VmState.Save(string)"/> of its state writes all of it.
    /// </exception>
    public void Commit()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (_state is null || _isCommitted)
            throw new InvalidOperationException($"There is nothing to commit: call {nameof(Take)} first, and this once.");
        _isCommitted = true; // Of a failed write nobody knows what the disk has: it is not tried again.
        _writer.FlushTo(_file.Stream);
        _state.WriteAfterPages(
            _writer,
            [.. _memory.Recorders.Select(static recorder => recorder.Recorded)],
            isDifference: _earlier is not null
        );
        _writer.FlushTo(_file.Stream);
        _file.Commit();
    }

    /// <summary>Ends the capture; without <see cref="Commit"/> the file is removed, and the state that was taken goes on with it.</summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        RestoreFlags(state: null);
        _pages?.Dispose();
        _file.Dispose();
    }

    // That the slots log is the capture's doing and not the VM's.
    private void RestoreFlags(VmState? state)
    {
        foreach (var (slot, flags) in _flags)
        {
            if (slot.IsMapped)
                slot.SetFlags(flags);
        }
        if (state is not null && _flags.Count != 0)
            state.Slots = [.. state.Slots.Zip(_flags, static (slot, before) => slot with { Flags = before.Flags })];
        _flags.Clear();
    }

    private ulong CountRecorded()
    {
        ulong pages = 0;
        foreach (var recorder in _memory.Recorders)
        {
            foreach (var run in recorder.Recorded.WithBytes())
                pages += run.PageCount;
        }
        return pages;
    }

    // Differences stand side by side: they are mostly few, far apart, and copied rather than mapped.
    private RecordedPages BeginMemory(ulong size)
    {
        _writer.FlushTo(_file.Stream);
        var recorded = VmState.BeginMemory(_writer, size, size, isPacked: _earlier is not null);
        _writer.FlushTo(_file.Stream);
        _writer.StepOver(size);
        return recorded;
    }
}
