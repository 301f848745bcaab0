using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

namespace VmcsGen.Benchmarks;

/// <summary>
/// What the package costs a build: a project with 200 VMCS fields and 150 structs of its own as YAML, beside one that has the
/// same generated C# as plain files and references the assemblies alone. dotnet run -c Release --project tests/VmcsGen.Benchmarks -- consumer [rounds]
/// </summary>
internal static class ConsumerCost
{
    private const int Fields = 200;
    private const int Structs = 150;
    private const int StructsPerFile = 30;
    private const int MembersPerStruct = 20;

    public static int Print(string[] arguments)
    {
        var rounds = arguments is [var stated, ..] ? int.Parse(stated, CultureInfo.InvariantCulture) : 15;
        var root = Directory.CreateTempSubdirectory("vmcsgen-").FullName;
        try
        {
            var (specs, files) = Projects(root);
            Console.WriteLine(
                $"{Fields} fields and {Structs} structs of {MembersPerStruct} members; a build after an edit of Program.cs; {rounds} rounds"
            );
            Console.WriteLine("compiler\tspecs s\tfiles s\tpaired ratio");
            foreach (var server in (bool[])[true, false])
                Compare(specs, files, server, rounds);
            return 0;
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static (ConsumerProject Specs, ConsumerProject Files) Projects(string root)
    {
        var feed = ConsumerProject.Pack(Path.Combine(root, "feed"));
        var specs = new ConsumerProject(root, "specs", feed, "VmcsGen");
        specs.Write("fields.vmcs.yaml", SampleSpecs.Fields("", Fields).Text);
        for (var n = 0; n < Structs / StructsPerFile; n++)
            specs.Write($"structs{n}.vmcs.yaml", SampleSpecs.Structs("", StructsPerFile * MembersPerStruct, $"acme{n}").Text);
        specs.Build(useServer: true, "-p:EmitCompilerGeneratedFiles=true", "-p:CompilerGeneratedFilesOutputPath=../generated");

        var generated = Directory.GetFiles(Path.Combine(root, "generated"), "*.cs", SearchOption.AllDirectories);
        if (generated.Length <= Structs)
            throw new InvalidOperationException($"The generator emitted {generated.Length} files.");
        var files = new ConsumerProject(root, "files", feed, "VmcsGen.Kvm", "VmcsGen.Vmx");
        foreach (var file in generated)
            files.Write(Path.GetFileName(file), File.ReadAllText(file));
        return (specs, files);
    }

    // In turn, and each round begins with the other: what disturbs one disturbs its neighbour.
    private static void Compare(ConsumerProject specs, ConsumerProject files, bool server, int rounds)
    {
        specs.Build(server);
        files.Build(server);
        var times = new List<(double Specs, double Files)>();
        for (var round = 0; round < rounds; round++)
        {
            var first = (round % 2 == 0 ? specs : files).Build(server);
            var second = (round % 2 == 0 ? files : specs).Build(server);
            times.Add(round % 2 == 0 ? (first, second) : (second, first));
        }
        Console.WriteLine(
            FormattableString.Invariant(
                $"{(server ? "server" : "started")}\t{Median(times.Select(static t => t.Specs)):F2}\t{Median(times.Select(static t => t.Files)):F2}\t{Median(times.Select(static t => t.Specs / t.Files)):F3}"
            )
        );
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
