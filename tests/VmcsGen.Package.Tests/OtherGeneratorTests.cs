using System;
using System.IO;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Xunit;

namespace VmcsGen.Package.Tests;

/// <summary>Beside a generator of somebody else's that carries another YamlDotNet. Both say which one they see.</summary>
public sealed class OtherGeneratorTests(PackageFeed feed)
{
    private const string Generator = """"
        using System;
        using System.IO;
        using System.Linq;
        using System.Reflection;
        using Microsoft.CodeAnalysis;
        using YamlDotNet.Core;
        using YamlDotNet.Core.Events;

        [Generator]
        public sealed class OtherGenerator : IIncrementalGenerator
        {
            private const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;

            public void Initialize(IncrementalGeneratorInitializationContext context) =>
                context.RegisterSourceOutput(context.CompilationProvider, static (output, _) => output.AddSource("Other.g.cs",
                    $$"""
                    internal static class Other
                    {
                        public const string Answer = "{{Read("answer: 42")}}";
                        public const string Sees = "{{Version(typeof(Parser).Assembly)}}";
                        public const string VmcsGenSees = "{{VmcsGenSees()}}";
                    }
                    """));

            private static string Read(string yaml)
            {
                var last = "";
                for (var parser = new Parser(new StringReader(yaml)); parser.MoveNext();)
                    last = parser.Current is Scalar scalar ? scalar.Value : last;
                return last;
            }

            // What the types of YamlDotNet that VmcsGen's generator names resolve to.
            private static string VmcsGenSees() => string.Join(" ", AppDomain.CurrentDomain.GetAssemblies()
                .Where(assembly => assembly.GetName().Name == "VmcsGen.Generators")
                .SelectMany(assembly => assembly.GetTypes())
                .SelectMany(type => type.GetMethods(All))
                .SelectMany(method => method.GetParameters())
                .Select(parameter => parameter.ParameterType.Assembly)
                .Where(assembly => assembly.GetName().Name == "YamlDotNet")
                .Select(Version)
                .Distinct());

            private static string Version(Assembly assembly) =>
                assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>().InformationalVersion.Split('+')[0];
        }
        """";

    [Theory]
    [InlineData("oldest", "13.7.1")]
    [InlineData("newest", "*")]
    public async Task Each_generator_has_the_YamlDotNet_it_was_built_with(string name, string version)
    {
        var theirs = await PackOtherGenerator(name, version);
        var ours = Regex
            .Match(
                File.ReadAllText(Path.Combine(PackageFeed.Repository, "Directory.Packages.props")),
                "\"YamlDotNet\" Version=\"([^\"]*)\""
            )
            .Groups[1]
            .Value;
        var consumer = new Consumer(feed, "beside-" + name);
        consumer.Write(
            "Directory.Build.targets",
            $"<Project><ItemGroup><PackageReference Include=\"Other.{name}\" Version=\"1.0.0\" /></ItemGroup></Project>"
        );
        consumer.Write("acme.vmcs.yaml", "kind: vmcs-fields\nfields: [{ name: AcmeCounter, encoding: 0x2E00, doc: Counts. }]\n");
        consumer.Write(
            "Program.cs",
            """
            using Consumer;
            using VmcsGen.Vmx;

            System.Console.WriteLine($"{(uint)VmcsField.AcmeCounter:x} {Other.Answer}; they see {Other.Sees}, we see {Other.VmcsGenSees}");
            """
        );

        foreach (var server in (string[])["true", "false"])
        {
            (await consumer.Build("--no-incremental", "-p:UseSharedCompilation=" + server)).MustSucceed();
            Assert.Equal($"2e00 42; they see {theirs}, we see {ours}\n", (await consumer.Run()).MustSucceed().Output);
        }
    }

    /// <returns>The version of YamlDotNet that was found and packed.</returns>
    private async Task<string> PackOtherGenerator(string name, string version)
    {
        var folder = feed.NewConsumer("other-" + name);
        File.WriteAllText(Path.Combine(folder, "OtherGenerator.cs"), Generator);
        File.WriteAllText(
            Path.Combine(folder, $"Other.{name}.csproj"),
            $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>netstandard2.0</TargetFramework>
                <LangVersion>latest</LangVersion>
                <IncludeBuildOutput>false</IncludeBuildOutput>
                <SuppressDependenciesWhenPacking>true</SuppressDependenciesWhenPacking>
                <CopyLocalLockFileAssemblies>true</CopyLocalLockFileAssemblies>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Microsoft.CodeAnalysis.CSharp" Version="4.8.0" PrivateAssets="all" />
                <PackageReference Include="YamlDotNet" Version="{version}" PrivateAssets="all" />
                <None Include="bin/Release/netstandard2.0/Other.{name}.dll" Pack="true" PackagePath="analyzers/dotnet/cs" />
                <None Include="bin/Release/netstandard2.0/YamlDotNet.dll" Pack="true" PackagePath="analyzers/dotnet/cs" />
              </ItemGroup>
            </Project>
            """
        );
        (await Command.Dotnet(folder, "pack", "-o", feed.Folder)).MustSucceed();
        return Regex.Match(File.ReadAllText(Path.Combine(folder, "obj", "project.assets.json")), "\"YamlDotNet/([^\"]*)\"").Groups[1].Value;
    }
}
