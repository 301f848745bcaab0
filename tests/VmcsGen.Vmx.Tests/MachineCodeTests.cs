using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using VmcsGen.Benchmarks;
using VmcsGen.Vmx;
using Xunit;

namespace VmcsGen.Vmx.Tests;

/// <summary>What the JIT makes of typed access to a vmcs12 in memory, as the benchmark project prints it.</summary>
public sealed partial class MachineCodeTests
{
    private const string Accept =
        "dotnet run -c Release --project tests/VmcsGen.Benchmarks -- disassembly > tests/VmcsGen.Benchmarks/Accessors.asm";

    private static readonly Lazy<string> Listing = new(Disassemble);

    [Theory]
    [InlineData(nameof(Accessors.TypedRead))]
    [InlineData(nameof(Accessors.TypedWrite))]
    [InlineData(nameof(Accessors.ConstantEncodingRead))]
    public void One_access_is_one_instruction_and_the_return(string method)
    {
        var instructions = InstructionsOf(method);
        Assert.Equal(2, instructions.Length);
        Assert.Matches(MemoryAccess(), instructions[0]);
        Assert.Equal("ret", instructions[1]);
    }

    [Fact]
    public void Several_accesses_are_one_store_each()
    {
        var instructions = InstructionsOf(nameof(Accessors.SeveralFields));
        Assert.Equal(4, instructions.Count(static i => MemoryAccess().IsMatch(i)));
        Assert.DoesNotContain(instructions, static i => i.StartsWith("call", StringComparison.Ordinal) || i.StartsWith('j'));
    }

    [Fact]
    public void The_recorded_listing_is_what_the_JIT_makes_today()
    {
        var recorded = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Accessors.asm"));
        Assert.True(
            recorded == Listing.Value,
            $"The JIT's code has changed. Look at it and, if it is as good, record it: {Accept}\n{Listing.Value}"
        );
    }

    private static string[] InstructionsOf(string method)
    {
        var code = Listing
            .Value.Split("\n\n")
            .Single(m => m.StartsWith($"{typeof(Accessors).FullName}:{method}(", StringComparison.Ordinal));
        return [.. code.Split('\n').Skip(1).Where(static line => line.StartsWith(' ')).Select(static line => line.Trim())];
    }

    private static string Disassemble()
    {
        Assert.SkipUnless(RuntimeInformation.ProcessArchitecture == Architecture.X64, "The recorded machine code is x64.");
        var start = new ProcessStartInfo("dotnet", ["exec", typeof(Accessors).Assembly.Location, "disassembly"])
        {
            RedirectStandardOutput = true,
        };
        using var run = Process.Start(start)!;
        var listing = run.StandardOutput.ReadToEnd();
        run.WaitForExit();
        Assert.Equal(0, run.ExitCode);
        return listing;
    }

    [GeneratedRegex(@"^mov +(qword ptr \[r\w\w\+0x[0-9A-F]+\], \S+|r\w\w, qword ptr \[r\w\w\+0x[0-9A-F]+\])$")]
    private static partial Regex MemoryAccess();
}
