using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using VmcsGen.Oracle.Tests.Support;
using VmcsGen.Testing;

namespace VmcsGen.Oracle.Tests.Mutations;

/// <summary>What the runtime's generated code would be if its specs were edited: generated, compiled and loaded anew.</summary>
internal static class EditedRuntime
{
    // Generated VMX code and the files of these folders refer to each other. All else is taken from the runtime as it is.
    private static readonly string[] Folders = ["runtime/Annotations", "runtime/VmcsGen.Vmx/Fields", "runtime/VmcsGen.Vmx/Layouts"];

    // Each compilation of this one has its references bound already.
    private static readonly CSharpCompilation Empty = CreateEmpty();

    // Most files are the same in each round.
    private static readonly ConcurrentDictionary<string, SyntaxTree> Parsed = new();

    /// <summary>Compiles what the generator makes of edited specs.</summary>
    public static Assembly Load(EditedSpecs specs) =>
        Compile(
            specs
                .Generate()
                .Sources
                // The ioctl methods and the control words belong to classes of other folders; their numbers are elsewhere.
                .Where(static source =>
                    !source.Hint.EndsWith(".Ioctls.g.cs", StringComparison.Ordinal) && source.Hint != "VmxControlWords.g.cs"
                )
                .Select(static source => source.Text)
                .Concat(HandWritten())
        );

    private static IEnumerable<string> HandWritten() =>
        Folders
            .SelectMany(static folder => Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.cs"))
            // The comparison reads the parts of bit-fields as the runtime's type.
            .Where(static file => !Path.GetFileName(file).StartsWith("BitFieldPart", StringComparison.Ordinal))
            .Select(File.ReadAllText);

    /// <summary>The attribute that generated code has its native names by.</summary>
    public static string NativeName => File.ReadAllText(Path.Combine(Repository.Root, Folders[0], "NativeNameAttribute.cs"));

    /// <summary>Compiles and loads sources.</summary>
    public static Assembly Compile(IEnumerable<string> sources)
    {
        var trees = sources.Select(static source =>
            Parsed.GetOrAdd(source, static text => CSharpSyntaxTree.ParseText(text, ErrorsOnly.ParseOptions))
        );
        var compilation = Empty.AddSyntaxTrees(trees);
        using var image = new MemoryStream();
        var result = compilation.Emit(image);
        if (!result.Success)
        {
            var errors = result.Diagnostics.Where(static d => d.Severity == DiagnosticSeverity.Error);
            throw new InvalidOperationException(string.Join(Environment.NewLine, errors));
        }
        image.Position = 0;
        return new AssemblyLoadContext(null, isCollectible: true).LoadFromStream(image);
    }

    private static CSharpCompilation CreateEmpty()
    {
        var platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        var empty = CSharpCompilation.Create(
            "VmcsGen.Edited",
            references: platform.Select(static path => MetadataReference.CreateFromFile(path)),
            options: new(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable)
        );
        empty.GetDiagnostics();
        return empty;
    }
}
