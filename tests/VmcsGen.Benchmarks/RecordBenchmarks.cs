using System;
using System.Linq;
using BenchmarkDotNet.Attributes;
using VmcsGen.Kvm;

namespace VmcsGen.Benchmarks;

/// <summary>What a capture does with memory while the guest stands still: pages to a file, with their checksums.</summary>
public class RecordBenchmarks
{
    private const ulong Size = 4ul << 30;

    private GuestMemory? _memory;
    private PageRange[] _pages = [];

    /// <summary>Pages that changed, at equal distances in 4 GiB.</summary>
    [Params(32, 1000)]
    public int Pages { get; set; }

    /// <summary>Fills the pages.</summary>
    [GlobalSetup]
    public void Prepare()
    {
        var memory = GuestMemory.Allocate(Size);
        memory.Advise(GuestMemoryAdvice.NoHugePages);
        var random = new Random(1);
        var bytes = new byte[GuestMemory.PageSize];
        var distance = Size / (ulong)Pages / GuestMemory.PageSize * GuestMemory.PageSize;
        _pages =
        [
            .. Enumerable
                .Range(0, Pages)
                .Select(i => (ulong)i * distance)
                .Select(static at => new PageRange(at, at + GuestMemory.PageSize)),
        ];
        foreach (var page in _pages)
        {
            random.NextBytes(bytes);
            memory.Write(page.Start, bytes);
        }
        _memory = memory;
    }

    /// <summary>Releases the memory.</summary>
    [GlobalCleanup]
    public void Release() => _memory!.Dispose();

    /// <summary>Into a new file in memory, which is given up again.</summary>
    [Benchmark]
    public ulong Record()
    {
        using var file = PageFile.CreateAnonymous();
        var recorder = new PageRecorder(_memory!, file, 0);
        recorder.Record(_pages);
        return recorder.ToPages().KeptPages;
    }
}
