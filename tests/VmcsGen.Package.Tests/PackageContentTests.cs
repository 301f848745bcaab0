using System;
using System.Buffers.Binary;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using System.Xml.Linq;
using Xunit;

namespace VmcsGen.Package.Tests;

/// <summary>What the packages are, before anybody uses them.</summary>
public sealed class PackageContentTests(PackageFeed feed)
{
    // Portable PDB v1.0, CustomDebugInformation kinds.
    private static readonly Guid EmbeddedSource = new("0E8A571B-6926-466E-B4AD-8AB04611F5FE");

    // A build of sources without a repository has no commit, and a Debug build keeps its own paths.
    private static bool HasCommit => Path.Exists(Path.Combine(PackageFeed.Repository, ".git"));

    private static bool HasMappedPaths => HasCommit && PackageFeed.Configuration == "Release";

    [Theory]
    [InlineData("VmcsGen")]
    [InlineData("VmcsGen.Kvm")]
    [InlineData("VmcsGen.Kvm.Abi")]
    [InlineData("VmcsGen.Vmm")]
    [InlineData("VmcsGen.Vmx")]
    [InlineData("VmcsGen.Vmx.Bochs")]
    [InlineData("VmcsGen.Vmx.Kvm")]
    [InlineData("VmcsGen.Vmx.RingZero")]
    [InlineData("VmcsGen.Templates")]
    [InlineData("VmcsGen.Tool")]
    public void A_package_describes_itself(string id)
    {
        using var package = Open(feed.Folder, id, "nupkg");
        var metadata = Metadata(package, id);

        Assert.Equal("MIT", metadata("license"));
        Assert.Equal("README.md", metadata("readme"));
        Assert.Equal("icon.png", metadata("icon"));
        Assert.Contains("CHANGELOG.md", metadata("releaseNotes"), StringComparison.Ordinal);
        Assert.All(["authors", "description", "tags", "copyright"], name => Assert.NotEmpty(metadata(name)));
        Assert.StartsWith("# VmcsGen\n", Text(package, "README.md"), StringComparison.Ordinal);
        Assert.Equal(File.ReadAllText(Path.Combine(PackageFeed.Repository, "CHANGELOG.md")), Text(package, "CHANGELOG.md"));

        // PNG, 3rd edition, 11.2.1: the header chunk comes first and begins with width and height.
        var icon = Bytes(package.GetEntry("icon.png")!);
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], icon[..4]);
        Assert.Equal(128u, BinaryPrimitives.ReadUInt32BigEndian(icon.AsSpan(16)));
        Assert.Equal(128u, BinaryPrimitives.ReadUInt32BigEndian(icon.AsSpan(20)));
    }

    [Theory]
    [InlineData("VmcsGen")]
    [InlineData("VmcsGen.Tool")]
    public void What_is_not_ours_is_named_with_its_license(string id)
    {
        using var package = Open(feed.Folder, id, "nupkg");
        var notices = Text(package, "THIRD-PARTY-NOTICES.txt");
        Assert.All(
            package
                .Entries.Select(static entry => entry.Name)
                .Where(static name =>
                    name.EndsWith(".dll", StringComparison.Ordinal) && !name.StartsWith("VmcsGen.", StringComparison.OrdinalIgnoreCase)
                ),
            name => Assert.Contains(name, notices, StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData(
        "VmcsGen",
        "analyzers/dotnet/cs/VmcsGen.Generators.pdb,analyzers/dotnet/cs/VmcsGen.Analyzers.pdb,analyzers/dotnet/cs/VmcsGen.CodeFixes.pdb"
    )]
    [InlineData("VmcsGen.Kvm", "lib/net10.0/VmcsGen.Kvm.pdb")]
    [InlineData("VmcsGen.Kvm.Abi", "lib/net10.0/VmcsGen.Kvm.Abi.pdb")]
    [InlineData("VmcsGen.Vmm", "lib/net10.0/VmcsGen.Vmm.pdb")]
    [InlineData("VmcsGen.Vmx", "lib/net10.0/VmcsGen.Vmx.pdb")]
    [InlineData("VmcsGen.Vmx.Bochs", "lib/net10.0/VmcsGen.Vmx.Bochs.pdb")]
    [InlineData("VmcsGen.Vmx.Kvm", "lib/net10.0/VmcsGen.Vmx.Kvm.pdb")]
    [InlineData("VmcsGen.Vmx.RingZero", "lib/net10.0/VmcsGen.Vmx.RingZero.pdb")]
    public void The_symbols_fit_the_assemblies_and_have_every_source_that_the_repository_has_not(string id, string expected)
    {
        using var package = Open(feed.Folder, id, "nupkg");
        using var symbols = Open(feed.Folder, id, "snupkg");
        var files = symbols.Entries.Where(static entry => entry.FullName.EndsWith(".pdb", StringComparison.Ordinal)).ToArray();
        Assert.Equal(expected.Split(',').Order(), files.Select(static entry => entry.FullName).Order());

        foreach (var file in files)
        {
            using var assembly = new PEReader(new MemoryStream(Bytes(package.GetEntry(Path.ChangeExtension(file.FullName, ".dll"))!)));
            using var provider = MetadataReaderProvider.FromPortablePdbStream(new MemoryStream(Bytes(file)));
            var pdb = provider.GetMetadataReader();
            var codeView = assembly.ReadDebugDirectory().Single(static entry => entry.Type == DebugDirectoryEntryType.CodeView);
            Assert.Equal(
                new BlobContentId(assembly.ReadCodeViewDebugDirectoryData(codeView).Guid, codeView.Stamp),
                new BlobContentId(pdb.DebugMetadataHeader!.Id)
            );

            var embedded = 0;
            foreach (var handle in pdb.Documents)
            {
                var name = pdb.GetString(pdb.GetDocument(handle).Name);
                Assert.Equal(HasMappedPaths, name.StartsWith("/_/", StringComparison.Ordinal));
                var inRepository = HasMappedPaths ? Path.Combine(PackageFeed.Repository, name["/_/".Length..]) : name;
                var isEmbedded = pdb.GetCustomDebugInformation(handle)
                    .Any(info => pdb.GetGuid(pdb.GetCustomDebugInformation(info).Kind) == EmbeddedSource);
                Assert.True(
                    isEmbedded || (File.Exists(inRepository) && !name.Contains("/obj/", StringComparison.Ordinal)),
                    $"{name} can be found nowhere."
                );
                embedded += isEmbedded ? 1 : 0;
            }
            Assert.NotEqual(0, embedded);
        }
    }

    [Fact]
    public async Task Packing_again_gives_the_same_bytes()
    {
        var again = feed.NewPath("again");
        await PackageFeed.Pack(again);

        var files = Directory.GetFiles(again);
        Assert.Equal(18, files.Length);
        Assert.All(
            files,
            file =>
                Assert.True(
                    File.ReadAllBytes(Path.Combine(feed.Folder, Path.GetFileName(file))).SequenceEqual(File.ReadAllBytes(file)),
                    file
                )
        );
    }

    [Fact]
    public void Links_of_the_readme_lead_to_files_of_the_package_that_brings_the_documentation()
    {
        using var package = Open(feed.Folder, "VmcsGen", "nupkg");
        var links = Regex.Matches(Text(package, "README.md"), @"\]\(([^)]+)\)").Select(static match => match.Groups[1].Value).ToArray();

        Assert.NotEmpty(links);
        Assert.All(links, link => Assert.NotNull(package.GetEntry(link)));
    }

    [Fact]
    public async Task A_named_repository_is_where_source_link_and_the_links_of_the_readme_lead()
    {
        const string repository = "-p:RepositoryUrl=https://github.com/acme/vmcsgen";
        var folder = feed.NewPath("linked");
        await PackageFeed.Pack(folder, repository);

        using var package = Open(folder, "VmcsGen", "nupkg");
        Assert.Equal("https://github.com/acme/vmcsgen", Metadata(package, "VmcsGen")("projectUrl"));
        Assert.Contains(
            "https://github.com/acme/vmcsgen/blob/main/CHANGELOG.md",
            Metadata(package, "VmcsGen")("releaseNotes"),
            StringComparison.Ordinal
        );
        Assert.Contains("](https://github.com/acme/vmcsgen/blob/main/docs/specs.md)", Text(package, "README.md"), StringComparison.Ordinal);
        Assert.DoesNotContain("](specs.md)", Text(package, "README.md"), StringComparison.Ordinal);
        if (!HasMappedPaths)
            return;

        var commit = Nuspec(package, "VmcsGen").Single(static element => element.Name.LocalName == "repository").Attribute("commit")!.Value;
        foreach (
            var project in PackageFeed.Libraries.Concat([
                "generators/VmcsGen.Generators",
                "generators/VmcsGen.Analyzers",
                "generators/VmcsGen.CodeFixes",
            ])
        )
        {
            var intermediate = Directory.CreateDirectory(Path.Combine(folder, project)).FullName + "/";
            (
                await Command.Dotnet(
                    PackageFeed.Repository,
                    "msbuild",
                    project,
                    "-t:GenerateSourceLinkFile",
                    "-p:Configuration=Release",
                    repository,
                    "-p:IntermediateOutputPath=" + intermediate
                )
            ).MustSucceed();
            Assert.Equal(
                $"{{\"documents\":{{\"/_/*\":\"https://raw.githubusercontent.com/acme/vmcsgen/{commit}/*\"}}}}",
                File.ReadAllText(Path.Combine(intermediate, Path.GetFileName(project) + ".sourcelink.json"))
            );
        }
    }

    private ZipArchive Open(string folder, string id, string extension) =>
        ZipFile.OpenRead(Path.Combine(folder, $"{id}.{feed.Version}.{extension}"));

    private static XElement[] Nuspec(ZipArchive package, string id) => [.. XDocument.Parse(Text(package, id + ".nuspec")).Descendants()];

    private static Func<string, string> Metadata(ZipArchive package, string id)
    {
        var elements = Nuspec(package, id);
        return name => elements.Single(element => element.Name.LocalName == name).Value;
    }

    private static string Text(ZipArchive package, string file)
    {
        using var reader = new StreamReader(package.GetEntry(file)!.Open());
        return reader.ReadToEnd();
    }

    private static byte[] Bytes(ZipArchiveEntry entry)
    {
        using var stream = entry.Open();
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
