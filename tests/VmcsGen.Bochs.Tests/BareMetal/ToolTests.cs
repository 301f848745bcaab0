using System;
using System.IO;
using BareMetalHypervisor;
using Xunit;

namespace VmcsGen.Vmx.Bochs.Tests.BareMetal;

/// <summary>The programs that the sample's image is made with.</summary>
public sealed class ToolTests
{
    [Fact]
    public void A_missing_tool_is_named_with_its_remedy()
    {
        var failure = Assert.Throws<ToolException>(static () => new Tool("no-such-linker", "Install a linker.").Run(Path.GetTempPath()));
        Assert.StartsWith("The image is made with no-such-linker, which cannot be started: ", failure.Message, StringComparison.Ordinal);
        Assert.EndsWith("Install a linker.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tool_that_fails_is_quoted_in_full()
    {
        var failure = Assert.Throws<ToolException>(static () =>
            new Tool("/bin/sh", "").Run(Path.GetTempPath(), "-c", "echo said; echo complained >&2; exit 3")
        );
        Assert.Contains("failed with status 3:\nsaid\ncomplained\n", failure.Message, StringComparison.Ordinal);
    }
}
