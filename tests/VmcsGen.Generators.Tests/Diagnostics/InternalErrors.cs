using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Emit;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Resolve;
using VmcsGen.Generators.Specs;
using Xunit;

namespace VmcsGen.Generators.Tests.Diagnostics;

/// <summary>No text is known that makes the generator fail, so its steps are given what no text gives them.</summary>
public class InternalErrors
{
    [Fact]
    public void Failure_while_reading_a_file_is_reported_at_its_beginning()
    {
        var result = Read(null, null!, "kind: enums\nenums: []\n");
        Assert.Null(result.File);
        AssertReported(Assert.Single(result.Errors), result.Positions);
    }

    [Fact]
    public void Failure_while_resolving_is_reported_in_a_file()
    {
        var file = new SpecFile("a.vmcs.yaml", "a", SpecKind.Enums, null, null, null, null, new([new EnumItem(new("AcmeFirst", 0), null!, EnumForm.Enum, 8, false, false, default)]));
        var resolution = Resolve(null, [file], new(EmitMode.Own, "Acme"));
        Assert.Empty(resolution.Units);
        var errors = Assert.Single(resolution.Errors);
        Assert.Equal("a.vmcs.yaml", errors.Path);
        AssertReported(Assert.Single(errors.Errors), default);
    }

    private static void AssertReported(SpecError error, SpecPositions positions)
    {
        var diagnostic = new SpecDiagnostic(error, "a.vmcs.yaml", positions[error.At]).ToDiagnostic();
        Assert.Equal("VMCS0099", diagnostic.Id);
        Assert.Equal((0, 0), (diagnostic.Location.GetLineSpan().StartLinePosition.Line, diagnostic.Location.GetLineSpan().StartLinePosition.Character));
        Assert.StartsWith(
            "The generator failed on this file, which is a mistake of the generator: please report it with the file. NullReferenceException: ",
            diagnostic.GetMessage(CultureInfo.InvariantCulture));
    }

    [UnsafeAccessor(UnsafeAccessorKind.StaticMethod, Name = "Read")]
    private static extern ReadResult Read(VmcsGenerator? generator, string path, string text);

    [UnsafeAccessor(UnsafeAccessorKind.StaticMethod, Name = "Resolve")]
    private static extern Resolution Resolve(VmcsGenerator? generator, ImmutableArray<SpecFile> files, EmitOptions options);
}
