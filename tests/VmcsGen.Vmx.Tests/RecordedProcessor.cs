using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using Xunit;

namespace VmcsGen.Vmx.Tests;

/// <summary>
/// A CPU model of Bochs 2.7: the capability MSRs that RDMSR read and the encodings that VMREAD accepted, recorded by a program that
/// ran on the emulated CPU.
/// </summary>
internal sealed class RecordedProcessor
{
    private RecordedProcessor(string model)
    {
        using var stream =
            typeof(RecordedProcessor).Assembly.GetManifestResourceStream(model)
            ?? throw new FileNotFoundException($"There is no recording of {model}.");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            var words = line.Split(' ');
            if (words[0] == "msr")
                Msrs[(VmxMsr)Hex(words[1])] = Hex(words[2]);
            else if (words[0] == "fields")
                Fields.UnionWith(Array.ConvertAll(words[1..], static word => (VmcsField)Hex(word)));
        }
    }

    public static TheoryData<string> Models { get; } =
    [
        "bx_generic",
        "core2_penryn_t9600",
        "corei5_lynnfield_750",
        "corei5_arrandale_m520",
        "corei7_sandy_bridge_2600k",
        "corei7_haswell_4770",
        "broadwell_ult",
        "corei7_skylake_x",
        "corei7_icelake_u",
        "tigerlake",
    ];

    public MsrValues Msrs { get; } = [];

    public HashSet<VmcsField> Fields { get; } = [];

    public static RecordedProcessor Load(string model) => new(model);

    public static VmxCapabilities Capabilities(string model) => VmxCapabilities.Read(Load(model).Msrs);

    private static ulong Hex(string word) => ulong.Parse(word, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
