using BenchmarkDotNet.Attributes;
using VmcsGen.Vmx;

namespace VmcsGen.Benchmarks;

/// <summary>Access to a vmcs12 in memory. The field of a plain struct is what all others are compared with.</summary>
[MemoryDiagnoser]
public class AccessorBenchmarks
{
    private readonly Vmcs12Image _image = Vmcs12Image.Create();
    private readonly VmcsField _field = VmcsField.GuestRip;

    /// <summary>A member of the struct.</summary>
    [Benchmark(Baseline = true)]
    public ulong StructMember() => _image.Page.GuestRip;

    /// <summary>A typed property.</summary>
    [Benchmark]
    public nuint TypedRead() => _image.Vmcs.GuestRip;

    /// <summary>A typed property, written.</summary>
    [Benchmark]
    public void TypedWrite()
    {
        var vmcs = _image.Vmcs;
        vmcs.GuestRip = 0x8000;
    }

    /// <summary>An encoding known only at run time.</summary>
    [Benchmark]
    public ulong EncodingRead() => _image.TryRead(_field, out var value).IsSuccess ? value : 0;

    /// <summary>The same, written.</summary>
    [Benchmark]
    public bool EncodingWrite() => _image.TryWrite(_field, 0x8000).IsSuccess;

    /// <summary>The same, where an unknown field is an exception.</summary>
    [Benchmark]
    public ulong EncodingReadOrThrow() => _image.Read(_field);

    /// <summary>One bit of a control word.</summary>
    [Benchmark]
    public void BitUpdate()
    {
        var vmcs = _image.Vmcs;
        vmcs.PinBasedControls = vmcs.PinBasedControls with { NmiExiting = true };
    }
}
