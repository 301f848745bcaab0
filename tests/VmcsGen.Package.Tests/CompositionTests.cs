using System.IO;
using System.Threading.Tasks;
using Xunit;

namespace VmcsGen.Package.Tests;

/// <summary>Libraries with public specs and a program that extends them: three levels, in packages and beside each other.</summary>
public sealed class CompositionTests(PackageFeed feed)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_program_extends_the_specs_of_two_libraries_one_above_the_other(bool isPacked)
    {
        var root = feed.NewConsumer(isPacked ? "packed-levels" : "levels");
        var version = $"1.0.0-{(isPacked ? "packed" : "local")}";
        var library = Project(root, "Acme.Lib", "", version);
        Write(
            library,
            "bits.vmcs.yaml",
            "kind: bitfields\nvisibility: public\nbitfields:\n  - { name: AcmePolicy, size: 32, doc: P., bits: [{ bit: 0, name: Strict, doc: S. }] }\n  - { extends: PinBasedControls, bits: [{ bit: 31, name: EnableAcme, doc: On. }] }\n"
        );
        Write(
            library,
            "structs.vmcs.yaml",
            "kind: kvm-structs\nvisibility: public\nstructs: [{ name: acme_entry, size: 8, doc: E., members: [{ name: address, type: __u64, doc: A. }] }]\n"
        );
        var middle = Project(root, "Acme.Middle", Reference("Acme.Lib"), version);
        Write(
            middle,
            "fields.vmcs.yaml",
            "kind: vmcs-fields\nvisibility: public\nfields: [{ name: AcmeGuestPolicy, encoding: 0x4E00, type: AcmePolicy, exists-when: EnableAcme, doc: P. }]\n"
        );
        var program = Project(root, "Acme.App", Reference("Acme.Middle"), version, "<OutputType>Exe</OutputType>");
        Write(program, "bits.vmcs.yaml", "kind: bitfields\nbitfields: [{ extends: AcmePolicy, bits: [{ bit: 1, name: Fair }] }]\n");
        Write(
            program,
            "structs.vmcs.yaml",
            "kind: kvm-structs\nstructs: [{ name: pair, size: 16, members: [{ name: both, type: \"struct acme_entry[2]\" }] }]\n"
        );
        Write(
            program,
            "layout.vmcs.yaml",
            "kind: layouts\nlayouts: [{ name: Page, size: 8, fields: [{ offset: 0, field: AcmeGuestPolicy }] }]\n"
        );
        Write(
            program,
            "Program.cs",
            """
            using Acme.Lib;
            using Acme.Middle;
            using Acme.App;
            using VmcsGen.Vmx;

            var image = PageImage.Create();
            var vmcs = image.Vmcs;
            vmcs.AcmeGuestPolicy = (new AcmePolicy() with { Strict = true }).WithFair(true);
            System.Console.WriteLine($"{vmcs.AcmeGuestPolicy.Value} {System.Runtime.CompilerServices.Unsafe.SizeOf<Pair>()} {VmcsFields.NameOf(VmcsField.AcmeGuestPolicy)}");
            """
        );
        if (isPacked)
        {
            (await Command.Dotnet(library, "pack", "-o", feed.Folder)).MustSucceed();
            (await Command.Dotnet(middle, "pack", "-o", feed.Folder)).MustSucceed();
        }

        (await Command.Dotnet(program, "build")).MustSucceed();
        var run = (await Command.Dotnet(program, "run", "--no-build")).MustSucceed();

        Assert.Contains("3 16 AcmeGuestPolicy (0x4E00)", run.Output);

        string Reference(string name) =>
            isPacked
                ? $"<PackageReference Include=\"{name}\" Version=\"{version}\" />"
                : $"<ProjectReference Include=\"../{name}/{name}.csproj\" />";
    }

    private string Project(string root, string name, string reference, string version, string properties = "")
    {
        var folder = Directory.CreateDirectory(Path.Combine(root, name)).FullName;
        Write(
            folder,
            $"{name}.csproj",
            $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <Version>{version}</Version>
                {properties}
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="VmcsGen" Version="{feed.Version}" />
                {reference}
              </ItemGroup>
            </Project>
            """
        );
        return folder;
    }

    private static void Write(string folder, string file, string text) => File.WriteAllText(Path.Combine(folder, file), text);
}
