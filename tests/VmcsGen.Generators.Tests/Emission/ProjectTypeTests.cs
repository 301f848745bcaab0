using System;
using System.Linq;
using VmcsGen.Generators.Tests.Testing;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Emission;

/// <summary>Names that types of the project's own C# have: the generator tells of them, and not the compiler.</summary>
public class ProjectTypeTests
{
    [Theory]
    [InlineData("namespace Acme; class AcmeMode;")]
    [InlineData("namespace Acme { enum AcmeMode { One } }")]
    [InlineData("namespace Acme { delegate void AcmeMode(); }")]
    [InlineData("namespace Acme; record struct AcmeMode;")]
    public void Type_of_the_name_of_an_item_is_told(string source) => AssertTaken(Spec(), source, "AcmeMode", "name: AcmeMode");

    [Theory]
    [InlineData("class Devices;", "Devices")]
    [InlineData("class Odd;", null)]
    [InlineData("namespace Devices; class Pumps;", "Devices.Pumps")]
    [InlineData("namespace Devices.Pumps; class Large;", "Devices.Pumps.Large")]
    [InlineData("namespace Devices; class Large;", null)]
    public void Type_of_the_name_of_a_namespace_is_told(string source, string? taken)
    {
        var spec = Spec("namespace: Devices.Pumps.Large");
        if (taken is null)
            Assert.Empty(Make(spec, source).Diagnostics);
        else
            AssertTaken(spec, source, taken, "namespace: Devices");
    }

    [Theory]
    [InlineData("namespace Other; class AcmeMode;")]
    [InlineData("class AcmeMode;")]
    [InlineData("namespace Acme; class AcmeMode<T>;")]
    [InlineData("namespace Acme; class Outer { class AcmeMode; }")]
    public void Types_elsewhere_are_nobodys_business(string source) => AssertCompiles(Make(Spec(), source));

    [Fact]
    public void Partial_type_is_a_part_of_the_emitted_one()
    {
        const string source = "namespace Acme; partial struct AcmePair { public uint Sum => First + Second; }";
        var spec = new SpecText(
            "pair.vmcs.yaml",
            """
            kind: kvm-structs
            structs:
              - name: acme_pair
                size: 8
                members: [{ name: first, type: __u32 }, { name: second, type: __u32 }]
            """
        );
        AssertCompiles(Make(spec, source));
    }

    [Fact]
    public void Class_that_holds_a_files_methods_gives_way()
    {
        var spec = new SpecText(
            "pump.vmcs.yaml",
            "kind: kvm-ioctls\nioctls: [{ name: ACME_PUMP, number: 0xC0, direction: none, descriptor: SafeFileHandle }]"
        );
        var classes = Make(spec, "")
            .Sources.SelectMany(static file => file.Text.Split('\n'))
            .Where(static line => line.Contains("static partial class ", StringComparison.Ordinal))
            .Select(static line => $"class {line.Trim().Split(' ').Last()};")
            .ToArray();
        Assert.NotEmpty(classes);
        var source = $"namespace Acme; {string.Concat(classes)}";
        AssertCompiles(Make(spec, source));
    }

    [Fact]
    public void Type_that_appears_is_told_and_one_that_goes_is_forgotten()
    {
        var run = Make(Spec(), "class Unrelated;");
        Assert.Empty(run.Diagnostics);
        Assert.Single(run.WithCSharp("namespace Acme; class AcmeMode;").Diagnostics);
        Assert.Empty(run.WithCSharp("namespace Acme; class AcmeModes;").Diagnostics);
    }

    private static SpecText Spec(string header = "visibility: public") =>
        new("mode.vmcs.yaml", $"kind: enums\n{header}\nenums:\n  - {{ name: AcmeMode, size: 8, values: [{{ value: 0, name: Off }}] }}\n");

    private static GeneratorRun Make(SpecText spec, string source) =>
        GeneratorRun.Of(spec).WithReferences(RuntimeAssemblies.References).WithCSharp(source);

    private static void AssertTaken(SpecText spec, string source, string name, string at)
    {
        var run = Make(spec, source);
        var mistake = Assert.Single(run.Diagnostics);
        Assert.Equal("VMCS0009", mistake.Id);
        Assert.StartsWith($"The name '{name}' is already taken by a type of the project's C#: choose another", mistake.GetMessage());
        var line = mistake.Location.GetLineSpan().StartLinePosition.Line;
        Assert.Contains(at, spec.Text.Split('\n')[line], StringComparison.Ordinal);
        AssertCompiles(run);
    }

    private static void AssertCompiles(GeneratorRun run) => Assert.Empty(run.Compile([]).Errors);
}
