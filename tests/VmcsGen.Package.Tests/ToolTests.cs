using System;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Xunit;

namespace VmcsGen.Package.Tests;

/// <summary>The command, installed from its package.</summary>
public sealed class ToolTests(PackageFeed feed)
{
    [Fact]
    public async Task The_command_is_installed_from_its_package_and_answers()
    {
        var folder = feed.NewConsumer("tool");
        var tools = Path.Combine(folder, "tools");
        (await Command.Dotnet(folder, ["tool", "install", "VmcsGen.Tool", "--version", feed.Version, "--tool-path", tools])).MustSucceed();
        var program = Path.Combine(tools, "vmcsgen");
        var log = Path.Combine(PackageFeed.Repository, "tests", "VmcsGen.Tool.Tests", "Dumps", "04-kvm-windows-smm-tdp.txt");

        var why = await Command.Run(folder, program, "why", log);
        Assert.Equal(1, why.ExitCode);
        Assert.Contains("BlockingByStiNeedsInterruptFlag", why.Output, StringComparison.Ordinal);
        // What is in assemblies of others, and in resources.
        Assert.Contains(
            "guest_phys_addr",
            (await Command.Run(folder, program, "ioctl", "KVM_SET_USER_MEMORY_REGION")).MustSucceed().Output,
            StringComparison.Ordinal
        );

        var help = (await Command.Run(folder, program, "--help")).MustSucceed().Output;
        var commands = Regex.Matches(help[help.IndexOf("Commands:", StringComparison.Ordinal)..], @"^  (\w+)", RegexOptions.Multiline);
        Assert.True(commands.Count > 15);
        foreach (var command in commands.Select(static match => match.Groups[1].Value))
            Assert.Contains(
                "Examples:",
                (await Command.Run(folder, program, command, "--help")).MustSucceed().Output,
                StringComparison.Ordinal
            );
    }
}
