using System;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Testing;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Testing;
using VmcsGen.Kvm;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Bochs;
using VmcsGen.Vmx.Kvm;
using VmcsGen.Vmx.RingZero;

namespace VmcsGen.Analyzers.Tests.Testing;

/// <summary>Checks what an analyzer says about code that uses the runtime. <c>{|VMCS1001:…|}</c> marks what it must complain about.</summary>
internal static class Check
{
    private const string Usings = """
        global using System;
        global using System.Threading.Tasks;
        global using VmcsGen.Kvm;
        global using VmcsGen.Kvm.Interop;
        global using VmcsGen.Vmx;
        global using VmcsGen.Vmx.Bochs;
        global using VmcsGen.Vmx.Kvm;
        global using VmcsGen.Vmx.RingZero;
        global using VmcsGen.Vmx.Software;
        """;

    private static readonly ImmutableArray<MetadataReference> References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(static path => Path.GetDirectoryName(path) == Path.GetDirectoryName(typeof(object).Assembly.Location))
            .Concat([
                typeof(KvmVm).Assembly.Location,
                typeof(VmcsField).Assembly.Location,
                typeof(BochsMachine).Assembly.Location,
                typeof(RingZeroCpu).Assembly.Location,
                typeof(KvmGuestExecutor).Assembly.Location,
            ])
            .Select(static path => MetadataReference.CreateFromFile(path)),
    ];

    /// <summary>Checks statements of a method.</summary>
    /// <param name="parameters">The method's parameters.</param>
    /// <param name="body">The statements.</param>
    public static Task Statements<TAnalyzer>(string parameters, string body)
        where TAnalyzer : DiagnosticAnalyzer, new() => Source<TAnalyzer>(Method(parameters, body));

    /// <summary>Checks a whole file.</summary>
    public static Task Source<TAnalyzer>(string source, OutputKind kind = OutputKind.DynamicallyLinkedLibrary)
        where TAnalyzer : DiagnosticAnalyzer, new()
    {
        var test = new PlainTest<TAnalyzer>();
        Prepare(test, source, kind);
        return test.RunAsync();
    }

    /// <summary>Checks statements, and what a code fix makes of them.</summary>
    /// <param name="parameters">The method's parameters.</param>
    /// <param name="body">The statements.</param>
    /// <param name="fixedBody">The statements after the fix.</param>
    /// <param name="kind">Kind of the fix to take, where several are offered.</param>
    public static Task Fix<TAnalyzer, TFix>(string parameters, string body, string fixedBody, string? kind = null)
        where TAnalyzer : DiagnosticAnalyzer, new()
        where TFix : CodeFixProvider, new()
    {
        var test = new FixTest<TAnalyzer, TFix> { CodeActionEquivalenceKey = kind, FixedCode = Method(parameters, fixedBody) };
        Prepare(test, Method(parameters, body), OutputKind.DynamicallyLinkedLibrary);
        test.FixedState.Sources.Add(("Usings.cs", Usings));
        return test.RunAsync();
    }

    /// <summary>Compiles a file by itself, without marks.</summary>
    public static CSharpCompilation Compile(string source) =>
        CSharpCompilation.Create(
            "Code",
            [CSharpSyntaxTree.ParseText(source, CSharp14), CSharpSyntaxTree.ParseText(Usings, CSharp14)],
            References,
            new(OutputKind.DynamicallyLinkedLibrary)
        );

    private static string Method(string parameters, string body) =>
        $$"""
            class Code
            {
                unsafe void Method({{parameters}})
                {
                    {{body.Replace("\n", "\n        ", StringComparison.Ordinal)}}
                }
            }
            """;

    private static void Prepare(AnalyzerTest<DefaultVerifier> test, string source, OutputKind kind)
    {
        // No packages: the framework that runs the test is good enough to compile against.
        test.ReferenceAssemblies = new ReferenceAssemblies("net10.0");
        test.TestState.OutputKind = kind;
        test.TestState.Sources.Add(source);
        test.TestState.Sources.Add(("Usings.cs", Usings));
        test.TestState.AdditionalReferences.AddRange(References);
    }

    private static CSharpCompilationOptions Options(CompilationOptions options) =>
        ((CSharpCompilationOptions)options).WithAllowUnsafe(true);

    private static readonly CSharpParseOptions CSharp14 = new(LanguageVersion.CSharp14);

    private sealed class PlainTest<TAnalyzer> : CSharpAnalyzerTest<TAnalyzer, DefaultVerifier>
        where TAnalyzer : DiagnosticAnalyzer, new()
    {
        protected override CompilationOptions CreateCompilationOptions() => Options(base.CreateCompilationOptions());

        protected override ParseOptions CreateParseOptions() => CSharp14;
    }

    private sealed class FixTest<TAnalyzer, TFix> : CSharpCodeFixTest<TAnalyzer, TFix, DefaultVerifier>
        where TAnalyzer : DiagnosticAnalyzer, new()
        where TFix : CodeFixProvider, new()
    {
        protected override CompilationOptions CreateCompilationOptions() => Options(base.CreateCompilationOptions());

        protected override ParseOptions CreateParseOptions() => CSharp14;
    }
}
