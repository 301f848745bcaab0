using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace VmcsGen.Package.Tests;

public sealed class TemplateTests(PackageFeed feed)
{
    [Fact]
    public async Task The_template_gives_a_project_of_any_name_that_runs_a_guest_at_once()
    {
        Kvm.Require();
        var folder = feed.NewConsumer("templates");
        string[] hive = ["--debug:custom-hive", feed.NewPath("templates-hive")];
        (
            await Command.Dotnet(folder, ["new", "install", Path.Combine(feed.Folder, $"VmcsGen.Templates.{feed.Version}.nupkg"), .. hive])
        ).MustSucceed();

        var help = (await Command.Dotnet(folder, ["new", "vmcsgen-vmm", "--help", .. hive])).MustSucceed();
        Assert.Contains("Description: A virtual machine monitor on Linux KVM", help.Output, StringComparison.Ordinal);

        foreach (var name in (string[])["Vmm", "my-vmm.v2"])
        {
            (await Command.Dotnet(folder, ["new", "vmcsgen-vmm", "-n", name, .. hive])).MustSucceed();
            var project = Path.Combine(folder, name);
            Assert.Equivalent(
                (string[])["GuestCode.cs", "Program.cs", "boot-info.vmcs.yaml", $"{name}.csproj"],
                Directory.GetFiles(project).Select(static file => Path.GetFileName(file)),
                strict: true
            );
            Command run;
            if (Kvm.IsHere)
            {
                run = await Command.Dotnet(project, "run", "-warnaserror");
            }
            else
            {
                (await Command.Dotnet(project, "build", "-warnaserror", "-o", "out")).MustSucceed();
                run = await Kvm.Run(project, Path.Combine(project, "out", $"{name}.dll"));
            }
            Assert.Equal("Hello from a guest on KVM.\nThe guest has halted.\n", run.MustSucceed().Output);
        }
    }
}
