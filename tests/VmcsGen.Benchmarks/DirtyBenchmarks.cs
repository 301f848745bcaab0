using System;
using BenchmarkDotNet.Attributes;
using VmcsGen.Kvm;

namespace VmcsGen.Benchmarks;

/// <summary>The dirty pages of a gigabyte, from its bitmap.</summary>
[MemoryDiagnoser]
public class DirtyBenchmarks
{
    private const int Pages = 1 << 18;

    private readonly ulong[] _bitmap = new ulong[Pages / 64];

    /// <summary>Dirty pages, at equal distances.</summary>
    [Params(0, 512, Pages)]
    public int Dirty { get; set; }

    /// <summary>Sets the bits.</summary>
    [GlobalSetup]
    public void Prepare()
    {
        Array.Clear(_bitmap);
        for (var i = 0; i < Dirty; i++)
        {
            var page = i * (Pages / Dirty);
            _bitmap[page / 64] |= 1ul << (page % 64);
        }
    }

    /// <summary>Each page's number.</summary>
    [Benchmark]
    public ulong Scan()
    {
        ulong sum = 0;
        foreach (var page in DirtyPages.In(_bitmap))
            sum += page;
        return sum;
    }
}
