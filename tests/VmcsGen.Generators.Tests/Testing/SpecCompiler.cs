using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using VmcsGen.Generators.Emit;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.References;
using VmcsGen.Generators.Resolve;
using VmcsGen.Generators.Units;
using VmcsGen.Generators.Values;
using VmcsGen.Testing;

namespace VmcsGen.Generators.Tests.Testing;

/// <summary>
/// The generator and the compiler without the driver between them, for tests that ask very often: references are bound once, a file that
/// comes again is not parsed again, and a project whose files all come again is not compiled again.
/// </summary>
internal static class SpecCompiler
{
    private const int MostParsed = 20_000;

    // What specs may name: a handle and an owner of a descriptor, with members by which emitted code could be misled.
    private const string TypeSource = """
        public sealed class OddHandle : System.Runtime.InteropServices.SafeHandle
        {
            public OddHandle() : base(-1, true) { }
            public override bool IsInvalid => true;
            protected override bool ReleaseHandle() => true;
            public void UnsafeIoctl(string text) { }
            public int Kick => 0;
        }
        public sealed class OddOwner : VmcsGen.Kvm.Interop.IDescriptorOwner
        {
            public string Descriptor => "";
            System.Runtime.InteropServices.SafeHandle VmcsGen.Kvm.Interop.IDescriptorOwner.Descriptor => new OddHandle();
            public void AcmeFill() { }
        }
        public ref struct OddRef : VmcsGen.Kvm.Interop.IDescriptorOwner
        {
            public System.Runtime.InteropServices.SafeHandle Descriptor => new OddHandle();
        }
        public sealed class OddNew : System.Runtime.InteropServices.SafeHandle
        {
            public OddNew() : base(-1, true) { }
            public required int Number { get; init; }
            public override bool IsInvalid => true;
            protected override bool ReleaseHandle() => true;
        }
        """;

    private static readonly CSharpCompilation Project = CreateProject(
        [CSharpSyntaxTree.ParseText(TypeSource, ErrorsOnly.ParseOptions)],
        RuntimeAssemblies.References
    );

    // Of a program without the runtime, whose project has the package's specs beside its own.
    private static readonly CSharpCompilation Freestanding = CreateProject([], []);

    private static readonly ReadResult[] BuiltIn =
    [
        .. RuntimeSources
            .Specs.Where(static spec => spec.Path.StartsWith(Path.Combine("spec", "vmx"), StringComparison.Ordinal))
            .Select(static spec => SpecReader.Read(spec.Path, spec.Text))
            .Select(static read => read with { File = read.File with { IsBuiltIn = true } }),
    ];

    private static readonly ClassMembers Members = ClassMembers.Of(Project);

    private static readonly ConcurrentDictionary<string, SyntaxTree> Parsed = new();

    // The compiler's errors by the files it was given.
    private static readonly ConcurrentDictionary<string, string[]> Compiled = new();

    /// <summary>What the generator and the compiler say of a project's specs.</summary>
    public static CompiledSpecs Compile(IEnumerable<SpecText> specs, string rootNamespace = GeneratorRun.RootNamespace)
    {
        var options = new EmitOptions(EmitMode.Own, rootNamespace);
        var read = specs.Select(static spec => SpecReader.Read(spec.Path, spec.Text)).ToArray();
        var handles = read.SelectMany(result => DescriptorTypes.NamedIn(result.File, options)).Distinct().ToEquatable();
        var namespaces = read.SelectMany(result => Placement.NamespacesOf(result.File, options)).Distinct().ToEquatable();
        var surroundings = new Surroundings(HandleTypes.Find(handles, Project))
        {
            Members = Members,
            Types = ProjectTypes.Find(namespaces, Project),
        };
        return Compile(read, options, surroundings, Project);
    }

    /// <summary>The same of a program without the runtime: <c>VmcsGenEmit=all</c>.</summary>
    public static CompiledSpecs CompileFreestanding(IEnumerable<SpecText> specs) =>
        Compile(
            [.. BuiltIn, .. specs.Select(static spec => SpecReader.Read(spec.Path, spec.Text))],
            new(EmitMode.All, GeneratorRun.RootNamespace),
            null,
            Freestanding
        );

    private static CompiledSpecs Compile(ReadResult[] read, EmitOptions options, Surroundings? surroundings, CSharpCompilation project)
    {
        var resolution = Resolver.Resolve(read.Select(static result => result.File), options, surroundings);
        var sources = resolution.Units.SelectMany(static file => file.Units).Concat(resolution.Shared).Select(Emitter.Emit).ToArray();
        var files = sources.Concat(resolution.Annotations.Select(Emitter.Emit)).Distinct().Order(StringComparer.Ordinal).ToArray();
        return new(
            [
                .. read.SelectMany(static result => result.Errors)
                    .Concat(resolution.Errors.SelectMany(static e => e.Errors))
                    .Select(static e => e.Id),
            ],
            sources,
            Compiled.GetOrAdd(Fingerprint(files), static (_, given) => Errors(given.project, given.files), (project, files))
        );
    }

    private static string[] Errors(CSharpCompilation project, string[] files)
    {
        if (Parsed.Count > MostParsed)
            Parsed.Clear();
        return
        [
            .. project
                .AddSyntaxTrees(
                    files.Select(static text => Parsed.GetOrAdd(text, static t => CSharpSyntaxTree.ParseText(t, ErrorsOnly.ParseOptions)))
                )
                .GetDiagnostics()
                .Where(static d => d.Severity == DiagnosticSeverity.Error)
                .Select(static d => $"{d} in: {d.Location.SourceTree?.GetText().Lines[d.Location.GetLineSpan().StartLinePosition.Line]}"),
        ];
    }

    private static string Fingerprint(string[] files) =>
        Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(string.Join('\0', files).AsSpan())));

    // As strict as a consumer can be: see ConsumerCompilation.
    private static CSharpCompilation CreateProject(SyntaxTree[] trees, IEnumerable<MetadataReference> runtime)
    {
        var framework = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(static path => Path.GetDirectoryName(path) == Path.GetDirectoryName(typeof(object).Assembly.Location))
            .Select(static path => MetadataReference.CreateFromFile(path));
        var project = CSharpCompilation.Create(
            "Fuzzed",
            trees,
            [.. framework, .. runtime],
            new(
                OutputKind.DynamicallyLinkedLibrary,
                checkOverflow: true,
                allowUnsafe: trees.Length == 0,
                nullableContextOptions: NullableContextOptions.Enable
            )
        );
        // From now on, every compilation that is made of this one has its references bound.
        project.GetDiagnostics();
        return project;
    }
}

/// <param name="Mistakes">The ids of the generator's diagnostics.</param>
/// <param name="Sources">What it emitted.</param>
/// <param name="Errors">What the compiler has against that.</param>
internal sealed record CompiledSpecs(IReadOnlyList<string> Mistakes, IReadOnlyList<string> Sources, IReadOnlyList<string> Errors);
