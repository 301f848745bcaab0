using System;
using System.Threading;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

/// <summary>Owns a vCPU's descriptor and the mapping of its run page.</summary>
internal sealed unsafe class KvmVcpuHandle : KvmChildDescriptor
{
    private readonly nuint _runPageSize;
    private readonly int _dirtyRingEntries;
    private nint _runPage;
    private int _dirtyRingMapped;

    private KvmVcpuHandle(KvmDescriptor vm, int runPageSize, int dirtyRingEntries)
        : base(vm)
    {
        _runPageSize = (nuint)runPageSize;
        _dirtyRingEntries = dirtyRingEntries;
    }

    /// <summary>The run page and what follows it in the same mapping: the port I/O data page and the coalesced MMIO ring.</summary>
    internal KvmRun* RunPage => (KvmRun*)_runPage;

    internal int RunPageSize => (int)_runPageSize;

    internal int Descriptor => (int)handle;

    /// <summary>Whether spans of or references to the run page were given away.</summary>
    internal bool IsRunPageLent { get; set; }

    internal static KvmVcpuHandle Create(KvmDescriptor vm, int id, int runPageSize, int dirtyRingEntries)
    {
        var vcpu = new KvmVcpuHandle(vm, runPageSize, dirtyRingEntries);
        try
        {
            var descriptor = vm.TryOpeningIoctl(KvmIoctl.KVM_CREATE_VCPU, (nuint)id);
            if (descriptor < 0)
                throw vm.Failure(KvmIoctl.KVM_CREATE_VCPU, (Errno)(-descriptor), $"vCPU {id}");
            vcpu.Adopt(descriptor);
            vcpu.MapRunPage(id);
            return vcpu;
        }
        catch
        {
            vcpu.Dispose(); // Undoes the steps that were done.
            throw;
        }
    }

    /// <summary>
    /// Puts a copy where the run page was and gives up the range to the returned handle, so that the kernel's side can be
    /// released while another thread may still be using the page. Null, with nothing changed, if the kernel refuses.
    /// </summary>
    internal MappingHandle? ReplaceRunPage()
    {
        var range = new MappingHandle();
        var copy = Libc.Map(0, _runPageSize, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS, -1);
        if (copy == Libc.MapFailed)
            return null;
        range.Adopt(copy, _runPageSize);
        Buffer.MemoryCopy((void*)_runPage, (void*)copy, _runPageSize, _runPageSize);
        if (Libc.MoveMapping(copy, _runPageSize, _runPage) == Libc.MapFailed)
        {
            range.Dispose();
            return null;
        }
        range.Adopt(_runPage, _runPageSize);
        _runPage = 0;
        return range;
    }

    internal DirtyRing MapDirtyRing(int id)
    {
        const nint Offset = (nint)KvmVcpuMapping.KvmDirtyLogPageOffset * GuestMemory.PageSize;
        if (_dirtyRingEntries == 0)
            throw new InvalidOperationException($"vCPU {id} has no dirty ring. Call KvmVm.EnableDirtyRing before it is created.");
        if (Interlocked.Exchange(ref _dirtyRingMapped, 1) != 0)
            throw new InvalidOperationException($"The dirty ring of vCPU {id} is mapped already; use that object.");

        var mapping = new MappingHandle();
        var length = (nuint)_dirtyRingEntries * (nuint)sizeof(KvmDirtyGfn);
        var ring = MapDescriptor(length, Offset);
        if (ring == Libc.MapFailed)
        {
            var errno = Libc.LastErrno;
            _dirtyRingMapped = 0;
            throw new KvmException("mmap", errno, $"dirty ring of vCPU {id}");
        }
        mapping.Adopt(ring, length);
        return new DirtyRing(mapping, _dirtyRingEntries);
    }

    protected override string? ReasonOf(uint request, Errno errno, nuint argument) =>
        errno == Errno.EINVAL && !IsClosed ? RefusalReasons.Find(this, request, argument) : null;

    protected override bool ReleaseHandle()
    {
        // A span does not keep what it points into. Nobody has said that the last one is out of use, so a copy stays for them.
        if (Forgotten.IsFinalizing && IsRunPageLent && _runPage != 0 && ReplaceRunPage() is { } copy)
            copy.Abandon();
        var unmapped = _runPage == 0 || Libc.Unmap(_runPage, _runPageSize) == 0;
        return base.ReleaseHandle() && unmapped;
    }

    /// <summary>Maps a part of the descriptor; it cannot be closed, and its number given to another file, meanwhile.</summary>
    private nint MapDescriptor(nuint length, nint offset)
    {
        var held = false;
        try
        {
            DangerousAddRef(ref held);
            return Libc.Map(0, length, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED, Descriptor, (ulong)offset);
        }
        finally
        {
            if (held)
                DangerousRelease();
        }
    }

    private void MapRunPage(int id)
    {
        var page = Libc.Map(0, _runPageSize, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED, Descriptor);
        if (page == Libc.MapFailed)
            throw new KvmException("mmap", Libc.LastErrno, $"run page of vCPU {id}");
        _runPage = page;
    }
}
