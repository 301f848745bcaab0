using System;
using System.Collections.Generic;
using System.IO;
using System.Numerics;
using System.Threading;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

/// <summary>
/// Supplies the pages of a <see cref="GuestMemory"/> from an <see cref="IPageSource"/> when they are first touched: by a guest, which waits
/// in KVM_RUN meanwhile, or by the program, whose accesses through the library ask for the page before they touch it. It ends with the
/// last page, or with the memory. May be used from several threads. Source: Documentation/admin-guide/mm/userfaultfd.rst.
/// </summary>
public sealed unsafe class MemorySupply
{
    private const ulong PageSize = Libc.PageSize;

    // As much as the source is asked for at once.
    private const ulong MostPagesAtOnce = 16;

    private readonly IPageSource _source;
    private readonly nint _address;
    private readonly ulong _pages;
    private readonly Userfaultfd _faults;
    private readonly ulong[] _isPresent;
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>((int)(MostPagesAtOnce * PageSize), pinned: true);
    private readonly HashSet<ulong> _refused = [];
    private readonly Lock _reading = new();
    private readonly Lock _ending = new(); // Taken within the other, and never for long.
    private ulong _missing;
    private bool _isEnded;
    private volatile Exception? _failure;

    private MemorySupply(nint address, ulong size, IPageSource source, Userfaultfd faults)
    {
        (_address, _pages, _missing, _source, _faults) = (address, size / PageSize, size / PageSize, source, faults);
        _isPresent = new ulong[(_pages + 63) / 64];
    }

    /// <summary>How many pages were not supplied yet.</summary>
    public ulong MissingPages => Volatile.Read(ref _missing);

    /// <summary>
    /// Why the source did not give a page that a guest was waiting for, the first time that happened; null if it always did. That page
    /// cannot be accessed any more: KVM_RUN fails with EFAULT.
    /// </summary>
    public Exception? Failure => _failure;

    /// <summary>
    /// Supplies all pages that are missing, in their order. Guests may run meanwhile; what they touch is supplied in between. Call it
    /// from a thread of its own to have the memory whole some time, and the source free.
    /// </summary>
    /// <param name="cancellationToken">Ends it. The rest is supplied when it is touched, as before.</param>
    /// <exception cref="IOException">The source did not give a page. It is asked again when the page is touched.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public void SupplyAll(CancellationToken cancellationToken = default)
    {
        for (ulong page = 0; page < _pages && MissingPages != 0; page += MostPagesAtOnce)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Require(page * PageSize, Math.Min(MostPagesAtOnce, _pages - page) * PageSize);
        }
    }

    /// <summary>Begins to supply the pages of a range that nobody has touched.</summary>
    /// <exception cref="KvmException">The host does not allow it.</exception>
    internal static MemorySupply Begin(nint address, ulong size, IPageSource source)
    {
        var faults = Userfaultfd.Open();
        try
        {
            faults.Register(address, (nuint)size);
            var supply = new MemorySupply(address, size, source, faults);
            new Thread(supply.Serve) { IsBackground = true, Name = "Guest memory" }.Start();
            return supply;
        }
        catch
        {
            faults.Dispose();
            throw;
        }
    }

    /// <summary>Has the pages of a range there, for an access that then need not wait.</summary>
    /// <exception cref="IOException">The source did not give a page, now or when a guest waited for it.</exception>
    internal void Require(ulong offset, ulong length)
    {
        if (length == 0 || MissingPages == 0)
            return;
        var (first, behind) = (offset / PageSize, (offset + length + PageSize - 1) / PageSize);
        for (var page = first; page < behind; page++)
        {
            if (!IsPresent(page))
            {
                SupplyMissing(page, behind);
                return;
            }
        }
    }

    /// <summary>Ends it, before the memory is unmapped. A call of the source that is under way is not waited for.</summary>
    internal void End()
    {
        lock (_ending)
        {
            if (_isEnded)
                return;
            _isEnded = true;
            _faults.End();
        }
    }

    private bool IsPresent(ulong page) => (Volatile.Read(ref _isPresent[page / 64]) >> (int)(page % 64) & 1) != 0;

    private void Serve()
    {
        while (_faults.Wait(out var touched))
        {
            var page = (ulong)(touched - _address) / PageSize;
            try
            {
                if (IsPresent(page))
                    PutAgain(page);
                else
                    SupplyMissing(page, page + 1);
            }
            catch (Exception e)
            {
                Refuse(page, e);
            }
        }
        _faults.Dispose();
    }

    private void SupplyMissing(ulong first, ulong behind)
    {
        lock (_reading)
        {
            for (var page = first; page < behind; )
            {
                var count = MissingFrom(page, Math.Min(behind, page + MostPagesAtOnce));
                if (count != 0)
                    Supply(page, count);
                page += Math.Max(count, 1);
            }
        }
    }

    private ulong MissingFrom(ulong page, ulong behind)
    {
        var end = page;
        while (end < behind && !IsPresent(end))
        {
            if (_refused.Contains(end))
                throw Unsupplied(end, 1, _failure);
            end++;
        }
        return end - page;
    }

    private void Supply(ulong page, ulong count)
    {
        var bytes = _buffer.AsSpan(0, (int)(count * PageSize));
        try
        {
            _source.Read(page * PageSize, bytes);
        }
        catch (Exception e)
        {
            throw Unsupplied(page, count, e);
        }
        for (ulong done = 0; done < count; )
        {
            var run = RunOf(bytes[(int)(done * PageSize)..], out var isZero);
            if (!Put(page + done, run, (int)(done * PageSize), isZero))
                return;
            done += run;
        }
    }

    // How many pages of zeros there are, or of others.
    private static ulong RunOf(ReadOnlySpan<byte> bytes, out bool isZero)
    {
        ulong run = 0;
        isZero = false;
        for (; !bytes.IsEmpty; bytes = bytes[(int)PageSize..])
        {
            var isThis = !bytes[..(int)PageSize].ContainsAnyExcept((byte)0);
            if (run == 0)
                isZero = isThis;
            else if (isThis != isZero)
                break;
            run++;
        }
        return run;
    }

    // False if the memory is gone.
    private bool Put(ulong page, ulong count, int at, bool isZero)
    {
        fixed (byte* source = &_buffer[at])
        {
            for (var end = page + count; page < end; )
            {
                lock (_ending)
                {
                    if (_isEnded)
                        return false;
                    var (place, length) = (PlaceOf(page), (nuint)((end - page) * PageSize));
                    var from = source + (count - (end - page)) * PageSize;
                    var put = (isZero ? _faults.Zero(place, length) : _faults.Copy(place, from, length)) / PageSize;
                    if (put == 0)
                        put = AfterRefusal(page, Libc.LastErrno);
                    Note(page, put);
                    page += put;
                }
            }
        }
        return true;
    }

    // The kernel has put nothing: how many pages are there all the same.
    private ulong AfterRefusal(ulong page, Errno errno)
    {
        if (errno == Errno.EAGAIN)
            return 0; // Mappings change just now.
        if (errno != Errno.EEXIST)
            throw Unsupplied(page, 1, new KvmException("UFFDIO_COPY", errno));
        _faults.Wake(PlaceOf(page), (nuint)PageSize); // Somebody else put one there, who may: what is there stays.
        return 1;
    }

    // A page that was there and that somebody has given back to the host since, by madvise(2): it holds zeros.
    private void PutAgain(ulong page)
    {
        lock (_ending)
        {
            if (!_isEnded && _faults.Zero(PlaceOf(page), (nuint)PageSize) == 0)
                _faults.Wake(PlaceOf(page), (nuint)PageSize);
        }
    }

    private void Note(ulong page, ulong count)
    {
        for (var end = page + count; page < end; page++)
            Volatile.Write(ref _isPresent[page / 64], _isPresent[page / 64] | 1ul << (int)(page % 64));
        Volatile.Write(ref _missing, _missing - count);
        if (_missing != 0)
            return;
        _faults.Unregister(_address, (nuint)(_pages * PageSize));
        _isEnded = true;
        _faults.End();
    }

    // A thread waits for a page that there is not. It must not wait for ever, nor get something else: its access fails.
    private void Refuse(ulong page, Exception cause)
    {
        lock (_reading)
            _refused.Add(page);
        _failure ??= cause;
        lock (_ending)
        {
            if (_isEnded)
                return;
            var (place, length) = (PlaceOf(page), (nuint)PageSize);
            if (Libc.Protect(place, length, Libc.PROT_NONE) < 0)
                _ = Libc.Protect(_address, (nuint)(_pages * PageSize), Libc.PROT_NONE); // Too many mappings: none is accessible then.
            _faults.Wake(place, length);
        }
    }

    private nint PlaceOf(ulong page) => _address + (nint)(page * PageSize);

    private static IOException Unsupplied(ulong page, ulong count, Exception? cause) =>
        new(
            $"The source of a guest memory did not give 0x{count * PageSize:X} bytes at offset 0x{page * PageSize:X}: {cause?.Message}",
            cause
        );
}
