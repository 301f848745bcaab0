using System;
using System.Linq;
using BenchmarkDotNet.Attributes;
using VmcsGen.Kvm;

namespace VmcsGen.Benchmarks;

/// <summary>
/// What a capture does with memory while the guest stands still: pages to a file in memory, with their checksums. The file is new, and
/// was begun before.
/// </summary>
public class RecordBenchmarks
{
    private const ulong Size = 4ul << 30;

    private GuestMemory? _memory;
    private PageFile? _file;
    private PageRecorder? _recorder;
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

    /// <summary>Gives the file up.</summary>
    [IterationCleanup]
    public void End() => _file!.Dispose();

    /// <summary>Begins a file for differences.</summary>
    [IterationSetup(Target = nameof(RecordDifferences))]
    public void BeginDifferences() => Begin(isPacked: true);

    /// <summary>Begins a file for all of the memory.</summary>
    [IterationSetup(Target = nameof(RecordInOrder))]
    public void BeginInOrder() => Begin(isPacked: false);

    /// <summary>To places side by side.</summary>
    [Benchmark]
    public ulong RecordDifferences() => Record();

    /// <summary>To the places that they have in the memory.</summary>
    [Benchmark]
    public ulong RecordInOrder() => Record();

    private void Begin(bool isPacked)
    {
        _file = PageFile.CreateAnonymous();
        _recorder = new(_memory!, _file, new(0, isPacked));
    }

    private ulong Record()
    {
        _recorder!.Record(_pages);
        return _recorder.ToPages().KeptPages;
    }
}
