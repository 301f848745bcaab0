using System;
using System.Security.Cryptography;
using VmcsGen.Kvm;

namespace VmcsGen.Tool.Images;

/// <summary>A memory of a snapshot: how much there is, and a hash by which two can be compared.</summary>
/// <param name="size">Its bytes.</param>
/// <param name="offset">Where the file says so.</param>
internal sealed class SnapshotMemory(ulong size, long offset)
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _pages;

    /// <summary>Takes a section with pages.</summary>
    public void Add(ReadOnlySpan<byte> section)
    {
        _hash.AppendData(section);
        _pages += (section.Length - SnapshotFormat.PagesHeaderSize) / GuestMemory.PageSize;
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
                    new("SHA-256", offset, Convert.ToHexString(_hash.GetHashAndReset()), "", IsZero: false),
                ]
            );
        }
    }
}
