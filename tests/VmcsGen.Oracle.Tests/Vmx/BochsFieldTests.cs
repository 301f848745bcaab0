using System.Collections.Generic;
using System.Linq;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Oracle.Tests.Support;
using VmcsGen.Vmx;
using Xunit;

namespace VmcsGen.Oracle.Tests.Vmx;

/// <summary>VMCS fields that processors of Bochs accept, against what is recorded of Bochs' sources and against the specs.</summary>
public sealed class BochsFieldTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_encoding_that_Bochs_accepts_is_recorded_as_its_and_in_the_specs()
    {
        var ofBochs = VmcsFieldFacts.Read().Fields.Where(static field => field.Names.ContainsKey("bochs")).ToArray();
        var recorded = ofBochs
            .Select(static field => field.Number)
            .Concat(ofBochs.Where(static field => field.HighAlias.Exists).Select(static field => Hex.Parse(field.HighAlias.Encoding!)))
            .ToHashSet();
        var known = VmcsFields.All.ToArray().Select(static info => info.Field).ToHashSet();
        var accepted = FactsFile
            .Read<BochsFacts>("bochs_fields.json")
            .Models.Values.SelectMany(static lines => lines)
            .SelectMany(static line => line.Split(' '))
            .Select(Hex.Parse)
            .ToHashSet();
        output.WriteLine($"{accepted.Count} encodings of {recorded.Count}");

        Listing.AssertEmpty(accepted.Except(recorded).Select(static one => $"0x{one:X4}"), "encodings that are not recorded as Bochs'");
        // The high half of a field is the field with another access.
        Listing.AssertEmpty(
            accepted.Where(one => !known.Contains((VmcsField)(one & ~1u))).Select(static one => $"0x{one:X4}"),
            "encodings that the specs do not have"
        );
        Assert.InRange(accepted.Count, 190, int.MaxValue);
    }

    private sealed record BochsFacts(IReadOnlyDictionary<string, string[]> Models);
}
