using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using VmcsGen.Testing;

namespace VmcsGen.Benchmarks;

/// <summary>A console project outside the repository that references some of the packages.</summary>
internal sealed class ConsumerProject
{
    private readonly string _folder;
    private int _edits;

    public ConsumerProject(string root, string name, string feed, params string[] packages)
    {
        _folder = Directory.CreateDirectory(Path.Combine(root, name)).FullName;
        // The packages lie in the folder itself, so that an older copy of the same version is never met.
        Write(
            "nuget.config",
            $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="packages" /></config>
              <packageSources><add key="packed" value="{feed}" /></packageSources>
            </configuration>
            """
        );
        Write("Directory.Build.props", "<Project />");
        Write("Directory.Build.targets", "<Project />");
        Write(
            "Consumer.csproj",
            $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <RootNamespace>Acme</RootNamespace>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="{string.Join(';', packages)}" Version="*" />
              </ItemGroup>
            </Project>
            """
        );
        Edit();
        Run(_folder, true, "restore", "-v", "q");
    }

    /// <summary>Packs what the repository builds and returns the folder.</summary>
    public static string Pack(string folder)
    {
        foreach (var project in (string[])["runtime/VmcsGen.Kvm", "runtime/VmcsGen.Vmx", "generators/VmcsGen"])
            Run(RuntimeSources.Root, true, "pack", project, "-c", "Release", "-o", folder, "-v", "q");
        return folder;
    }

    public void Write(string file, string text) => File.WriteAllText(Path.Combine(_folder, file), text);

    /// <summary>Edits the program, builds, and returns the seconds that the build took.</summary>
    public double Build(bool useServer, params string[] options)
    {
        Edit();
        var start = Stopwatch.GetTimestamp();
        Run(_folder, useServer, ["build", "-c", "Release", "--no-restore", "-v", "q", .. options]);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private void Edit() => Write("Program.cs", $"System.Console.WriteLine({_edits++});\n");

    private static void Run(string folder, bool useServer, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        start.Environment["UseSharedCompilation"] = useServer ? "true" : "false";
        start.Environment["MSBUILDDISABLENODEREUSE"] = useServer ? "0" : "1";
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException(
                $"'dotnet {string.Join(' ', arguments)}' in {folder} ended with {process.ExitCode}:\n{output}"
            );
    }
}
