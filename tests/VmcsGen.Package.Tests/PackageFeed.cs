using System;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Threading;
using System.Threading.Tasks;
using VmcsGen.Package.Tests;
using Xunit;

[assembly: AssemblyFixture(typeof(PackageFeed))]

namespace VmcsGen.Package.Tests;

/// <summary>The packages as they would be published, in a folder outside of the repository. Packed once for all tests.</summary>
public sealed class PackageFeed : IAsyncLifetime
{
    /// <summary>The projects of the assemblies that people reference, each a package.</summary>
    public static string[] Libraries { get; } =
    [
        "runtime/VmcsGen.Kvm",
        "runtime/VmcsGen.Kvm.Abi",
        "runtime/VmcsGen.Vmm",
        "runtime/VmcsGen.Vmx",
        "runtime/VmcsGen.Vmx.RingZero",
        "runtime/VmcsGen.Vmx.Bochs",
        "runtime/VmcsGen.Vmx.Kvm",
    ];

    private static readonly string[] Packages =
    [
        .. Libraries,
        "generators/VmcsGen",
        "generators/VmcsGen.Templates",
        "generators/VmcsGen.Tool",
    ];

    // Packing writes into the project's own obj: one at a time.
    private static readonly SemaphoreSlim Packing = new(1);

    private string Root { get; } = Directory.CreateTempSubdirectory("vmcsgen-").FullName;

    /// <summary>The folder with the packages.</summary>
    public string Folder => Path.Combine(Root, "feed");

    /// <summary>A home for dotnet new that is not the user's own.</summary>
    public string TemplateHive => Path.Combine(Root, "hive");

    /// <summary>The version that was packed.</summary>
    public string Version { get; private set; } = "";

    /// <summary>The repository under test.</summary>
    public static string Repository => Metadata("RepositoryRoot");

    /// <summary>The configuration that everything is built in.</summary>
    public static string Configuration => Metadata("Configuration");

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        await Pack(Folder);
        var templates = Path.GetFileNameWithoutExtension(Directory.GetFiles(Folder, "VmcsGen.Templates.*.nupkg").Single());
        Version = templates["VmcsGen.Templates.".Length..];
    }

    /// <summary>Packs everything that is published into a folder.</summary>
    public static async Task Pack(string folder, params string[] options)
    {
        await Packing.WaitAsync();
        try
        {
            // Built before this test project; packing only puts the results together.
            foreach (var project in Packages)
                (
                    await Command.Dotnet(Repository, ["pack", project, "--no-build", "-c", Configuration, "-o", folder, .. options])
                ).MustSucceed();
        }
        finally
        {
            Packing.Release();
        }
    }

    /// <summary>A path that no test has used, for a file or folder.</summary>
    public string NewPath(string name) => Path.Combine(Root, name);

    /// <summary>
    /// An empty folder of its own for a consumer. Its packages of ours come from the feed and nowhere else: they are unpacked
    /// beside it, so that an older copy of the same version on this machine is never met. All others are those of this machine.
    /// </summary>
    public string NewConsumer(string name)
    {
        var folder = Directory.CreateDirectory(NewPath(name)).FullName;
        var shared =
            Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        Directory.CreateDirectory(shared);
        File.WriteAllText(
            Path.Combine(folder, "nuget.config"),
            $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{NewPath("packages")}" /></config>
              <fallbackPackageFolders><add key="machine" value="{shared}" /></fallbackPackageFolders>
              <packageSources><add key="packed" value="{Folder}" /></packageSources>
            </configuration>
            """
        );
        // Nothing of an enclosing folder's settings applies.
        File.WriteAllText(Path.Combine(folder, "Directory.Build.props"), "<Project />");
        File.WriteAllText(Path.Combine(folder, "Directory.Build.targets"), "<Project />");
        return folder;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Command.StopServer();
        Directory.Delete(Root, recursive: true);
        return ValueTask.CompletedTask;
    }

    private static string Metadata(string key) =>
        typeof(PackageFeed).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;
}
