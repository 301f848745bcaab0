using System.IO;
using System.Threading.Tasks;
using Xunit;

namespace VmcsGen.Package.Tests;

/// <summary>Projects in which the package cannot work: one sentence says so.</summary>
public sealed class UnfitProjectTests(PackageFeed feed)
{
    private const string Spec = "kind: enums\nenums: [{ name: AcmeMode, size: 8, doc: Modes., values: [{ value: 0, name: Off }] }]\n";

    [Theory]
    [InlineData("net9.0")]
    [InlineData("net8.0")]
    [InlineData("netstandard2.0")]
    public async Task An_older_framework_cannot_restore_the_package(string framework)
    {
        var consumer = new Consumer(feed, framework);
        consumer.Write(
            "Consumer.csproj",
            $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>{framework}</TargetFramework>
                <!-- The framework's own packages are not on every machine. -->
                <DisableImplicitFrameworkReferences>true</DisableImplicitFrameworkReferences>
              </PropertyGroup>
              <ItemGroup><PackageReference Include="VmcsGen" Version="{feed.Version}" /></ItemGroup>
            </Project>
            """
        );

        var restore = await Command.Dotnet(consumer.Folder, "restore");

        Assert.NotEqual(0, restore.ExitCode);
        Assert.Contains($"error NU1202: Package VmcsGen {feed.Version} is not compatible with {framework}", restore.Output);
        Assert.Contains("net10.0", restore.Output);
    }

    [Theory]
    [InlineData("vbproj", "VB", "Program.vb", "Module Program\n  Sub Main()\n  End Sub\nEnd Module\n")]
    [InlineData("fsproj", "F#", "Program.fs", "printfn \"hello\"\n")]
    public async Task A_project_in_another_language_is_told_to_put_its_specs_elsewhere(
        string kind,
        string language,
        string file,
        string code
    )
    {
        var consumer = new Consumer(feed, kind);
        File.Delete(Path.Combine(consumer.Folder, "Consumer.csproj"));
        consumer.Write(
            $"Consumer.{kind}",
            $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework></PropertyGroup>
              <ItemGroup>
                {(kind == "fsproj" ? $"<Compile Include=\"{file}\" />" : "")}
                <PackageReference Include="VmcsGen" Version="{feed.Version}" />
              </ItemGroup>
            </Project>
            """
        );
        consumer.Write(file, code);
        (await consumer.Build()).MustSucceed();

        consumer.Write("acme.vmcs.yaml", Spec);
        var build = await consumer.Build();

        Assert.NotEqual(0, build.ExitCode);
        Assert.Contains(
            $"acme.vmcs.yaml : error : Specs become C#, and this is a project in {language}: put them into a C# project, and reference that.",
            build.Output
        );
    }

    [Fact]
    public async Task An_older_language_is_one_error()
    {
        var consumer = new Consumer(feed, "old-language", "<LangVersion>13</LangVersion>");
        consumer.Write("acme.vmcs.yaml", Spec);
        consumer.Write("fields.vmcs.yaml", "kind: vmcs-fields\nfields: [{ name: AcmeCount, encoding: 0x2E00 }]\n");
        consumer.Write("Program.cs", "System.Console.WriteLine();");

        var build = await consumer.Build("-clp:ErrorsOnly;NoSummary");

        Assert.NotEqual(0, build.ExitCode);
        Assert.Contains("error VMCS0053: Specs need C# 14, and this project is compiled as C# 13", build.Output);
        Assert.DoesNotContain("error CS", build.Output);
    }

    [Fact]
    public async Task VmcsGenEmit_all_without_unsafe_code_is_one_error()
    {
        var consumer = new Consumer(feed, "safe-emit-all", "<VmcsGenEmit>all</VmcsGenEmit>");
        consumer.Write("Program.cs", "System.Console.WriteLine();");

        var build = await consumer.Build("-clp:ErrorsOnly;NoSummary");

        Assert.NotEqual(0, build.ExitCode);
        Assert.Contains(
            "error : VmcsGenEmit=all emits code with pointers: set AllowUnsafeBlocks to true in the project file.",
            build.Output
        );
        Assert.DoesNotContain("error CS", build.Output);
    }

    [Fact]
    public async Task A_missing_spec_and_a_published_copy_are_one_error_each()
    {
        var consumer = new Consumer(feed, "files");
        consumer.Write("acme.vmcs.yaml", Spec);
        Directory.CreateDirectory(Path.Combine(consumer.Folder, "published"));
        consumer.Write("published/acme.vmcs.yaml", Spec);
        consumer.Write("Directory.Build.targets", "<Project><ItemGroup><VmcsSpec Include=\"gone.yaml\" /></ItemGroup></Project>");
        consumer.Write("Program.cs", "System.Console.WriteLine(Consumer.AcmeMode.Off);");

        var build = await consumer.Build();

        Assert.Contains("published/acme.vmcs.yaml(1,1): error VMCS0052: This file says the same as ", build.Output);
        Assert.Contains("gone.yaml(1,1): error VMCS0051: There is no such file, or it cannot be read", build.Output);
    }
}
