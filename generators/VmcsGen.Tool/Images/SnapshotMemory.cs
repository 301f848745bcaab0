using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using VmcsGen.Kvm;

namespace VmcsGen.Tool.Images;

/// <summary>A memory of a snapshot: how much there is, and a hash by which two can be compared.</summary>
/// <param name="size">Its bytes.</param>
/// <param name="offset">Where the file says so.</param>
internal sealed class SnapshotMemory(ulong size, long offset)
{
    // Of the pages' numbers and checksums, so that it is the same in every version of the format, and however the pages lie in the file.
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Queue<ExtentRecord> _withoutSums = [];
    private ulong _summed; // Of the first of those.
    private ulong _pages;

    /// <summary>Whether there are pages whose checksums have not come.</summary>
    public bool AwaitsSums => _withoutSums.Count != 0;

    /// <summary>Takes a section with pages of the first version.</summary>
    public void Add(ReadOnlySpan<byte> section)
    {
        var first = MemoryMarshal.Read<PagesRecord>(section).FirstPage;
        var pages = section[SnapshotFormat.PagesHeaderSize..];
        for (var page = 0; page < pages.Length / GuestMemory.PageSize; page++)
            Add(first + (ulong)page, Crc32C.Of(pages.Slice(page * GuestMemory.PageSize, GuestMemory.PageSize)));
    }

    /// <summary>Takes an extent.</summary>
    public void Add(ExtentRecord extent)
    {
        if (extent.Place == 0)
            Add(extent.FirstPage, 0);
        else
            _withoutSums.Enqueue(extent);
    }

    /// <summary>Takes the checksum of the next page of the extents.</summary>
    public void AddSum(uint sum)
    {
        var extent = _withoutSums.Peek();
        Add(extent.FirstPage + _summed, sum);
        if (++_summed < extent.PageCount)
            return;
        _summed = 0;
        _withoutSums.Dequeue();
    }

    /// <summary>What is known of it.</summary>
    public DecodedPart Describe(int index)
    {
        using (_hash)
        {
            return new(
                $"VM: memory {index}",
                [
                    new("size", offset, $"0x{size:X}", "", size == 0),
                    new("pages that are not zero", offset, $"{_pages}", "", _pages == 0),
                    new("SHA-256 of page numbers and checksums", offset, Convert.ToHexString(_hash.GetHashAndReset()), "", IsZero: false),
                ]
            );
        }
    }

    private void Add(ulong page, uint sum)
    {
        Span<ulong> both = [page, sum];
        _hash.AppendData(MemoryMarshal.AsBytes(both));
        _pages++;
    }
}
