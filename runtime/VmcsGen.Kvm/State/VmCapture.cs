using System;
using System.IO;
using System.Linq;
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
    private readonly Guid _id = Guid.NewGuid();
    private VmState? _state;
    private bool _isCommitted;

    private VmCapture(string path, KvmHost host, KvmVm vm)
    {
        _host = host;
        _vm = vm;
        _file = new(path);
        try
        {
            _pages = new(DescriptorCopy.Of(_file.Stream.SafeFileHandle));
            VmState.WriteIdentity(_writer, _id, Guid.Empty);
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
        return new(path, host, vm);
    }

    /// <summary>
    /// Reads the state of the VM, and its memory into the file. All its vCPUs must stand still, outside Run, and nothing else may change
    /// the guest's memory.
    /// </summary>
    /// <param name="vcpus">Its vCPUs.</param>
    /// <returns>The state. What is changed in it before <see cref="Commit"/> is in the file.</returns>
    /// <exception cref="ArgumentException">A vCPU is missing, there twice, or one of another VM.</exception>
    /// <exception cref="InvalidOperationException">
    /// A vCPU cannot be captured now; see <see cref="VcpuState.Capture"/>. Or this was called before.
    /// </exception>
    /// <exception cref="KvmException">The kernel refused something that each host has.</exception>
    /// <exception cref="IOException">The file could not be written.</exception>
    public VmState Take(params ReadOnlySpan<KvmVcpu> vcpus)
    {
        if (_state is not null)
            throw new InvalidOperationException("The state was taken already: a capture is good for one.");
        VmState.RequireAllVcpusOf(_vm, vcpus);
        var state = VmState.Capture(_host, _vm, vcpus, _memory, _pages.Share());
        state.Id = _id;
        return _state = state;
    }

    /// <summary>Writes the rest of the file, brings it to the disk, and puts it in its place.</summary>
    /// <exception cref="InvalidOperationException">No state was taken.</exception>
    /// <exception cref="IOException">The file could not be written; what was in its place is there still.</exception>
    public void Commit()
    {
        if (_state is null || _isCommitted)
            throw new InvalidOperationException($"There is nothing to commit: call {nameof(Take)} first, and this once.");
        _writer.FlushTo(_file.Stream);
        var stored = _memory.Recorders.Select(static recorder => new StoredMemory(recorder.Recorded, recorder.Place, IsPacked: false));
        _state.WriteAfterPages(_writer, [.. stored], isDifference: false);
        _writer.FlushTo(_file.Stream);
        _file.Commit();
        _isCommitted = true;
    }

    /// <summary>Ends the capture; without <see cref="Commit"/> the file is removed, and the state that was taken goes on with it.</summary>
    public void Dispose()
    {
        _pages?.Dispose();
        _file.Dispose();
    }

    private ulong BeginMemory(ulong size)
    {
        _writer.FlushTo(_file.Stream);
        var place = VmState.BeginMemory(_writer, size).Place;
        _writer.FlushTo(_file.Stream);
        _writer.StepOver(size);
        return place;
    }
}
