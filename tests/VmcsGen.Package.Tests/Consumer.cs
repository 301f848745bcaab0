using System.IO;
using System.Threading.Tasks;

namespace VmcsGen.Package.Tests;

/// <summary>A console project that knows nothing of the repository: one package reference, and YAML of its own.</summary>
internal sealed class Consumer
{
    public Consumer(PackageFeed feed, string name, string properties = "", string package = "VmcsGen")
    {
        Folder = feed.NewConsumer(name);
        Write(
            "Consumer.csproj",
            $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                {properties}
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="{package}" Version="{feed.Version}" />
              </ItemGroup>
            </Project>
            """
        );
    }

    public string Folder { get; }

    public void Write(string file, string text) => File.WriteAllText(Path.Combine(Folder, file), text);

    public Task<Command> Build(params string[] options) => Command.Dotnet(Folder, ["build", "-v", "minimal", .. options]);

    public Task<Command> Run() => Command.Dotnet(Folder, "run", "--no-build");
}
