using System.Globalization;
using System.IO;
using BenchmarkDotNet.Attributes;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Entry;
using VmcsGen.Vmx.Tests;

namespace VmcsGen.Benchmarks;

/// <summary>The rules of VM entry, over a VMCS that keeps them all.</summary>
[MemoryDiagnoser]
public class CheckerBenchmarks
{
    private EntryScene _scene = null!;
    private Vmcs12Image _image;

    /// <summary>A 64-bit guest on a recorded processor.</summary>
    [GlobalSetup]
    public void Prepare()
    {
        _scene = EntryScene.Long64(RecordedMsrs());
        _image = Vmcs12Image.Create();
        foreach (var info in VmcsFields.All)
            _image.TryWrite(info.Field, _scene[info.Field]);
    }

    /// <summary>All rules.</summary>
    [Benchmark]
    public bool Check() => VmEntryChecker.Check(_image.Vmcs, _scene.Capabilities, _scene.Context).IsValid;

    private static MsrValues RecordedMsrs()
    {
        var msrs = new MsrValues();
        using var reader = new StreamReader(typeof(CheckerBenchmarks).Assembly.GetManifestResourceStream("tigerlake")!);
        while (reader.ReadLine() is { } line)
        {
            if (line.Split(' ') is ["msr", var index, var value])
                msrs[(VmxMsr)Hex(index)] = Hex(value);
        }
        return msrs;
    }

    private static ulong Hex(string word) => ulong.Parse(word, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
