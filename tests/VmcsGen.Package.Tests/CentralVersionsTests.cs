using System;
using System.IO;
using System.Threading.Tasks;
using Xunit;

namespace VmcsGen.Package.Tests;

public sealed class CentralVersionsTests(PackageFeed feed)
{
    [Fact]
    public async Task Two_projects_of_a_solution_take_the_version_from_one_place_or_override_it()
    {
        var current = Version.Parse(feed.Version.Split('-')[0]);
        var next = $"{current.Major}.{current.Minor}.{current.Build + 1}";
        var folder = feed.NewConsumer("central");
        await PackageFeed.Pack(Path.Combine(folder, "feed"), "-p:PackageVersion=" + next);
        Write(
            "nuget.config",
            File.ReadAllText(Path.Combine(folder, "nuget.config"))
                .Replace("<packageSources>", "<packageSources><add key=\"next\" value=\"feed\" />", StringComparison.Ordinal)
        );
        Write("Acme.slnx", """<Solution><Project Path="Library/Library.csproj" /><Project Path="App/App.csproj" /></Solution>""");
        Write(
            "Directory.Build.props",
            "<Project><PropertyGroup><TargetFramework>net10.0</TargetFramework><TreatWarningsAsErrors>true</TreatWarningsAsErrors></PropertyGroup></Project>"
        );
        Write(
            "Directory.Packages.props",
            $"""
            <Project>
              <PropertyGroup><ManagePackageVersionsCentrally>true</ManagePackageVersionsCentrally></PropertyGroup>
              <ItemGroup><PackageVersion Include="VmcsGen" Version="{feed.Version}" /></ItemGroup>
            </Project>
            """
        );
        Write(
            "Library/Library.csproj",
            """<Project Sdk="Microsoft.NET.Sdk"><ItemGroup><PackageReference Include="VmcsGen" /></ItemGroup></Project>"""
        );
        Write(
            "Library/library.vmcs.yaml",
            "kind: vmcs-fields\nvisibility: public\nfields: [{ name: LibraryCounter, encoding: 0x2E00, doc: Counts. }]\n"
        );
        Write(
            "App/App.csproj",
            $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><OutputType>Exe</OutputType></PropertyGroup>
              <ItemGroup><PackageReference Include="VmcsGen" VersionOverride="{next}" /><ProjectReference Include="../Library/Library.csproj" /></ItemGroup>
            </Project>
            """
        );
        Write("App/app.vmcs.yaml", "kind: vmcs-fields\nfields: [{ name: AppCounter, encoding: 0x2E02, doc: Counts. }]\n");
        Write(
            "App/Program.cs",
            """
            using App;
            using Library;
            using VmcsGen.Vmx;

            System.Console.WriteLine($"{(uint)VmcsField.LibraryCounter:x} {(uint)VmcsField.AppCounter:x}");
            """
        );

        (await Command.Dotnet(folder, "build", "Acme.slnx")).MustSucceed();

        Assert.Equal("2e00 2e02\n", (await Command.Dotnet(folder, "run", "--no-build", "--project", "App")).MustSucceed().Output);
        Assert.Contains(
            $"\"VmcsGen/{next}\"",
            File.ReadAllText(Path.Combine(folder, "App", "obj", "project.assets.json")),
            StringComparison.Ordinal
        );
        Assert.Contains(
            $"\"VmcsGen/{feed.Version}\"",
            File.ReadAllText(Path.Combine(folder, "Library", "obj", "project.assets.json")),
            StringComparison.Ordinal
        );

        void Write(string file, string text)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, file))!);
            File.WriteAllText(Path.Combine(folder, file), text);
        }
    }
}
