using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using VmcsGen.Tool.Findings;
using VmcsGen.Tool.Machine;
using VmcsGen.Tool.Regions;

namespace VmcsGen.Tool.Scanning;

/// <summary>
/// Finds VMCS regions in images of memory of any size, block by block. Regions with a revision identifier that nothing else has are found
/// at any multiple of four bytes; others where pages begin in the image, or in the segments of an ELF core.
/// </summary>
/// <param name="signs">What to look for.</param>
/// <param name="machine">The machine that the images are of; null if that is not known.</param>
internal sealed class RegionScanner(IReadOnlyList<RegionSigns> signs, MachineFacts? machine)
{
    private const int PageSize = 4096;
    private const int BlockSize = 4 << 20;

    // Bit 31 of a revision identifier: shadow VMCS (SDM 3C 25.2).
    private const uint ShadowBit = 0x8000_0000;

    // What lies behind a region's beginning must be in the buffer with it.
    private readonly int _overlap = (signs.Max(static one => one.Layout.UsedSize) + PageSize - 1) / PageSize * PageSize;

    /// <summary>Finds the regions of an image.</summary>
    /// <param name="name">The image's name.</param>
    /// <param name="stream">The image.</param>
    /// <param name="progress">Hears how far it is, in bytes.</param>
    /// <param name="cancellation">Ends the search.</param>
    public IEnumerable<FoundRegion> Scan(string name, Stream stream, Action<long> progress, CancellationToken cancellation)
    {
        var buffer = new byte[BlockSize + _overlap];
        var found = new List<FoundRegion>();
        var (start, filled) = (0L, 0);
        IReadOnlyList<int>? phases = null;
        while (!cancellation.IsCancellationRequested)
        {
            filled += stream.ReadAtLeast(buffer.AsSpan(filled), buffer.Length - filled, throwOnEndOfStream: false);
            phases ??= ElfSegments.PagePhases(buffer.AsSpan(0, filled));
            var isLast = filled < buffer.Length;
            Look(name, start, buffer.AsSpan(0, filled), isLast ? filled : BlockSize, phases, found);
            foreach (var region in found)
                yield return region;
            found.Clear();
            progress(start + filled);
            if (isLast)
                yield break;
            buffer.AsSpan(BlockSize).CopyTo(buffer);
            start += BlockSize;
            filled -= BlockSize;
        }
    }

    private void Look(string name, long start, ReadOnlySpan<byte> block, int length, IReadOnlyList<int> phases, List<FoundRegion> found)
    {
        foreach (var one in signs)
        {
            if (one.HasTellingRevision)
            {
                LookAnywhere(name, start, block, length, one, found);
                continue;
            }
            foreach (var phase in phases)
            {
                for (var at = phase; at < length; at += PageSize)
                    Take(name, start, block, at, one, found);
            }
        }
    }

    private void LookAnywhere(string name, long start, ReadOnlySpan<byte> block, int length, RegionSigns one, List<FoundRegion> found)
    {
        var revision = one.Layout.Revision!.Value;
        var words = MemoryMarshal.Cast<byte, uint>(block[..length]);
        for (var at = 0; at < words.Length; at++)
        {
            var next = words[at..].IndexOfAny(revision & ~ShadowBit, revision | ShadowBit);
            if (next < 0)
                return;
            at += next;
            Take(name, start, block, at * sizeof(uint), one, found);
        }
    }

    private void Take(string name, long start, ReadOnlySpan<byte> block, int at, RegionSigns one, List<FoundRegion> found)
    {
        if (one.Find(block[at..]) is { } count)
            found.Add(new(name, start + at, one, count, Finding.Of(new Region(one.Layout, block[at..]), machine)));
    }
}
