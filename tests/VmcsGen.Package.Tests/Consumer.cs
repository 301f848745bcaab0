using System.IO;
using System.Threading.Tasks;

namespace VmcsGen.Package.Tests;

/// <summary>A console project that knows nothing of the repository: one package reference, and YAML of its own.</summary>
internal sealed class Consumer
{
    private readonly string _folder;

    public Consumer(PackageFeed feed, string name, string properties = "")
    {
        _folder = feed.NewConsumer(name);
        Write("Consumer.csproj",
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
                <PackageReference Include="VmcsGen" Version="{feed.Version}" />
              </ItemGroup>
            </Project>
            """);
    }

    public void Write(string file, string text) => File.WriteAllText(Path.Combine(_folder, file), text);

    public Task<Command> Build() => Command.Dotnet(_folder, "build", "-v", "minimal");

    public Task<Command> Run() => Command.Dotnet(_folder, "run", "--no-build");
}
