using BenchmarkDotNet.Attributes;
using VmcsGen.Vmx;

namespace VmcsGen.Benchmarks;

/// <summary>A VM exit, as a hypervisor reads it from its VMCS.</summary>
[MemoryDiagnoser]
public class ExitBenchmarks
{
    private readonly Vmcs12Image _image = Vmcs12Image.Create();
    private VmExit _exit;

    /// <summary>An EPT violation.</summary>
    [GlobalSetup]
    public void Prepare()
    {
        _image.Write(VmcsField.ExitReason, 48);
        _image.Write(VmcsField.ExitQualification, 0x1AA);
        _image.Write(VmcsField.GuestLinearAddress, 0x1111);
        _image.Write(VmcsField.GuestPhysicalAddress, 0x2222);
        _exit = VmExit.Read(_image.Vmcs);
    }

    /// <summary>All exit-information fields.</summary>
    [Benchmark]
    public ulong Read() => VmExit.Read(_image.Vmcs).Qualification;

    /// <summary>The exit in words, for people.</summary>
    [Benchmark]
    public string Describe() => _exit.ToString()!;
}
