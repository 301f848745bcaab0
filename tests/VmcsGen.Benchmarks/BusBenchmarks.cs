using System;
using BenchmarkDotNet.Attributes;
using VmcsGen.Kvm;

namespace VmcsGen.Benchmarks;

/// <summary>The way from an address to its device.</summary>
[MemoryDiagnoser]
public class BusBenchmarks
{
    private const ulong Distance = 0x1000;

    private readonly byte[] _data = new byte[4];
    private AddressBus _bus = null!;
    private ulong _address;

    /// <summary>Devices on the bus.</summary>
    [Params(1, 16, 256)]
    public int Devices { get; set; }

    /// <summary>Adds the devices.</summary>
    [GlobalSetup]
    public void Prepare()
    {
        _bus = new AddressBus(BusAddressSpace.Mmio);
        for (var i = 0; i < Devices; i++)
            _bus.Add((ulong)i * Distance, 0x100, new Register());
        _address = (ulong)(Devices / 2) * Distance + 8;
    }

    /// <summary>A read of four bytes.</summary>
    [Benchmark]
    public void Read() => _bus.Read(_address, _data);

    /// <summary>A write of four bytes.</summary>
    [Benchmark]
    public void Write() => _bus.Write(_address, _data);

    private sealed class Register : IBusDevice
    {
        private byte _value;

        public void Read(ulong offset, Span<byte> data) => data[0] = _value;

        public void Write(ulong offset, ReadOnlySpan<byte> data) => _value = data[0];
    }
}
