using System;
using System.Globalization;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Resolve;
using VmcsGen.Generators.Specs;
using VmcsGen.Generators.Units;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Diagnostics;

/// <summary>No text is known that makes the generator fail, so each of its steps is given what no text gives it.</summary>
public class InternalErrorTests
{
    private const string Broken = "specs/broken.vmcs.yaml";

    private static readonly EmitOptions Options = new(EmitMode.Own, "Acme");

    [Fact]
    public void Failure_while_reading_a_file_is_reported_at_its_beginning_and_the_others_generate()
    {
        var run = GeneratorRun.Of(
            new UnreadableText(Broken),
            new SpecText("a.vmcs.yaml", "kind: enums\nenums:\n  - { name: AcmeWhole, size: 8, values: [] }\n")
        );
        AssertReported(Assert.Single(run.Diagnostics), "InvalidOperationException: The disk is gone.");
        Assert.Equal(["AcmeWhole.g.cs"], run.Sources.Select(static s => s.Hint));
    }

    // Each kind fails at another place: while its names are declared, its references resolved, or its units made.
    [Theory]
    [InlineData(nameof(SpecKind.Enums))]
    [InlineData(nameof(SpecKind.BitFields))]
    [InlineData(nameof(SpecKind.VmcsFields))]
    [InlineData(nameof(SpecKind.Layouts))]
    [InlineData(nameof(SpecKind.Msrs))]
    [InlineData(nameof(SpecKind.Cpuid))]
    [InlineData(nameof(SpecKind.KvmStructs))]
    [InlineData(nameof(SpecKind.KvmIoctls))]
    public void Failure_while_resolving_is_reported_in_its_file_and_the_others_generate(string kindName)
    {
        var kind = Enum.Parse<SpecKind>(kindName);
        var name = new Spot<string>("AcmeFirst", 0);
        SpecItem item = kind switch
        {
            SpecKind.Enums => new EnumItem(name, null!, EnumForm.Enum, 8, false, false, default),
            SpecKind.BitFields => new BitFieldItem(name, new(), false, 8, null, null, null, null, new([null!])),
            SpecKind.VmcsFields => new VmcsFieldItem(name, null!, new(0x4070, 0), null, default, null),
            SpecKind.Layouts => new LayoutItem(name, new(), new(8, 0), null, null, new([null!])),
            SpecKind.Msrs => new MsrItem(name, null!, new(1, 0), null),
            SpecKind.Cpuid => new CpuidFeatureItem(name, null!, new(1, 0), 0, CpuidRegister.Eax, 0),
            SpecKind.KvmStructs => new StructItem(name, new(), null, null, new(8, 0), false, false, null, new([null!])),
            _ => new IoctlItem(
                name,
                null!,
                null,
                null,
                0xAE,
                new(1, 0),
                IoctlDirection.None,
                null,
                new([new(IoctlOwner.Vm, new("vm", 0))]),
                null,
                IoctlTakes.Nothing,
                null,
                IoctlReturns.Nothing,
                null,
                IoctlMethodForm.Generated,
                null,
                default
            ),
        };
        var resolution = Resolver.Resolve(
            [
                File("first.vmcs.yaml", kind),
                File(Broken, kind, item with { Fingerprint = 1 }),
                File("last.vmcs.yaml", SpecKind.Enums, Whole),
            ],
            Options
        );
        Assert.Equal(["last.vmcs.yaml"], resolution.Units.Select(static f => f.Path));
        var errors = Assert.Single(resolution.Errors);
        Assert.Equal(Broken, errors.Path);
        AssertReported(new SpecDiagnostic(Assert.Single(errors.Errors), errors.Path, default).ToDiagnostic(), "NullReferenceException: ");
    }

    [Fact]
    public void Failure_while_emitting_is_reported_in_its_file()
    {
        var unit = Assert.Single(
            Resolver
                .Resolve([File(Broken, SpecKind.Enums, Whole with { Values = new([new(new("One", 0), null!, new(1, 0))]) })], Options)
                .UnitsOf(Broken)
        );
        AssertReported(TryEmit(null, unit, out _)!.ToDiagnostic(), "NullReferenceException: ");
    }

    [Fact]
    public void Cancelling_is_no_failure() =>
        Assert.Throws<OperationCanceledException>(static () => Read(null, new CancelledText(Broken), default));

    private static EnumItem Whole => new(new("AcmeWhole", 0), new(), EnumForm.Enum, 8, false, false, default);

    private static SpecFile File(string path, SpecKind kind, params SpecItem[] items) =>
        new(path, "acme", kind, null, null, null, null, new(items));

    private static void AssertReported(Diagnostic diagnostic, string reason)
    {
        Assert.Equal("VMCS0099", diagnostic.Id);
        Assert.Equal(Broken, diagnostic.Location.GetLineSpan().Path);
        Assert.Equal(default, diagnostic.Location.GetLineSpan().StartLinePosition);
        Assert.StartsWith(
            "The generator failed on this file, which is a mistake of the generator: please report it with the file. " + reason,
            diagnostic.GetMessage(CultureInfo.InvariantCulture)
        );
    }

    [UnsafeAccessor(UnsafeAccessorKind.StaticMethod, Name = "TryEmit")]
    private static extern SpecDiagnostic? TryEmit(VmcsGenerator? generator, EmitUnit unit, out string text);

    [UnsafeAccessor(UnsafeAccessorKind.StaticMethod, Name = "Read")]
    private static extern Model.ReadResult Read(VmcsGenerator? generator, AdditionalText text, CancellationToken cancellation);

    private sealed class UnreadableText(string path) : SpecText(path, "")
    {
        public override SourceText GetText(CancellationToken cancellationToken = default) =>
            throw new InvalidOperationException("The disk is gone.");
    }

    private sealed class CancelledText(string path) : SpecText(path, "")
    {
        public override SourceText GetText(CancellationToken cancellationToken = default) => throw new OperationCanceledException();
    }
}
