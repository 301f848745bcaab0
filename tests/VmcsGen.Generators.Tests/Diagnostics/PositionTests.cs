using System;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Diagnostics;

/// <summary>Places count characters of the file as editors do.</summary>
public class PositionTests
{
    private const string Spec = "kind: enums\nenums:\n  - { name: AcmeFirst, doc: \"Größe 😀 → x\", size: 24, values: [] }\n";

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public void Place_is_right_with_any_line_ends(string end)
    {
        var text = Spec.Replace("\n", end, StringComparison.Ordinal);
        var location = Assert.Single(GeneratorRun.Of(new SpecText("a.vmcs.yaml", text)).Diagnostics).Location;
        Assert.Equal("24", text.Substring(location.SourceSpan.Start, location.SourceSpan.Length));
        Assert.Equal((2, 50), (location.GetLineSpan().StartLinePosition.Line, location.GetLineSpan().StartLinePosition.Character));
        Assert.Equal((2, 52), (location.GetLineSpan().EndLinePosition.Line, location.GetLineSpan().EndLinePosition.Character));
    }

    [Fact]
    public void Place_in_a_text_of_several_lines_is_its_start()
    {
        var text = "kind: enums\nenums:\n  - name: >\n      two\n      lines\n    size: 8\n    values: []\n";
        var location = Assert.Single(GeneratorRun.Of(new SpecText("a.vmcs.yaml", text)).Diagnostics).Location;
        Assert.Equal((2, 10), (location.GetLineSpan().StartLinePosition.Line, location.GetLineSpan().StartLinePosition.Character));
    }
}
