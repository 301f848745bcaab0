using System;
using System.IO;
using System.Linq;
using System.Reflection;
using Microsoft.CodeAnalysis;
using VmcsGen.Kvm;
using VmcsGen.Oracle.Tests.Support;
using VmcsGen.Testing;

namespace VmcsGen.Tool.Tests.KernelDumps;

/// <summary>samples/KernelVms, compiled with specs of one kernel.</summary>
internal sealed class SampleProgram
{
    private const string KernelSpec = "kernel.structs.vmcs.yaml";

    private static readonly Lazy<SampleProgram> s_asItIs = new(static () => new(File.ReadAllText(Path.Combine(Folder, KernelSpec))));

    private readonly Func<string, string, string?, TextWriter, TextWriter, int> _write;

    /// <param name="kernelSpec">The text of the spec of the kernel's structs.</param>
    public SampleProgram(string kernelSpec)
    {
        var specs = Directory
            .GetFiles(Folder, "*.vmcs.yaml")
            .Select(static path => Path.GetFileName(path))
            .Select(name => new SpecText(name, name == KernelSpec ? kernelSpec : File.ReadAllText(Path.Combine(Folder, name))));
        var run = GeneratorRun
            .In([MetadataReference.CreateFromFile(typeof(KvmHost).Assembly.Location)], [.. specs])
            .WithOptions(rootNamespace: "KernelVms");
        Listing.AssertEmpty(run.Diagnostics.Select(static diagnostic => diagnostic.ToString()), "diagnostics");
        // Its top-level statements choose among these classes.
        var sources = Directory.GetFiles(Folder, "*.cs").Where(static path => Path.GetFileName(path) != "Program.cs");
        var project = run.Compile([], [.. sources.Select(File.ReadAllText)]);
        Listing.AssertEmpty(project.Errors, "errors of the sample");
        _write = project
            .Load()
            .GetType("KernelVms.DumpReport", throwOnError: true)!
            .GetMethod("Write", BindingFlags.Public | BindingFlags.Static)!
            .CreateDelegate<Func<string, string, string?, TextWriter, TextWriter, int>>();
    }

    /// <summary>The sample with the spec that lies in its folder.</summary>
    public static SampleProgram AsItIs => s_asItIs.Value;

    /// <summary>The sample's folder.</summary>
    public static string Folder => Path.Combine(Repository.Root, "samples", "KernelVms");

    /// <summary>The structs that it takes of a kernel, as its README.md names them for <c>vmcsgen import</c>.</summary>
    public static string Types
    {
        get
        {
            var words = File.ReadAllText(Path.Combine(Folder, "README.md")).Split(' ', '\n');
            return words[Array.IndexOf(words, "--types") + 1];
        }
    }

    /// <summary>Asks a dump.</summary>
    public ToolRun Run(string dump, string vmList, string? excerpt = null)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        return new(_write(dump, vmList, excerpt, output, error), output.ToString(), error.ToString());
    }
}
