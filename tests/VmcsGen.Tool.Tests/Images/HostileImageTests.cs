using System;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Text;
using VmcsGen.Tool.Tests.Scanning;
using VmcsGen.Tool.Tests.Traces;
using VmcsGen.Vmx.Tests;
using Xunit;

namespace VmcsGen.Tool.Tests.Images;

/// <summary>Input that is damaged, cut off or too long, of each kind: an error with its place, or an answer, in bounded time.</summary>
public class HostileImageTests
{
    // More by VMCSGEN_TOOL_INPUTS: 1000000 take an hour.
    private const int Inputs = 6_000;

    private static readonly (string Kind, byte[] Bytes)[] s_good =
    [
        ("vmcs12", FactPage.Vmcs12.Write(SceneFields.Of(EntryCase.Long()))),
        ("evmcs", FactPage.Enlightened.Write(SceneFields.Of(EntryCase.Long()))),
        ("nested-state", NestedStates.Vmx(FactPage.Vmcs12.Write(SceneFields.Of(EntryCase.Long())))),
        ("snapshot", SnapshotBytes.Small(1, 2, NestedStates.Vmx())),
        ("kvm-run", new byte[4096]),
        ("trace-file", TraceFileTests.GoodFile(isCompressed: false)),
        ("trace-file", TraceFileTests.GoodFile(isCompressed: true)),
        (
            "trace",
            Encoding.ASCII.GetBytes(
                "a-1 [000] 1.5: kvm_exit: vcpu 0 reason EPT_VIOLATION rip 0x5 info1 0x0000000000000181 info2 0x0000000000000000 intr_info 0x00000000 error_code 0x00000000\n"
                    + "a-1 [000] 1.6: kvm_entry: vcpu 0, rip 0x5\na-1 [000] 1.5: kvm_exit: reason HLT rip 0x5 info 0 0\n"
            )
        ),
    ];

    public static TheoryData<int, string> Kinds => [.. s_good.Select(static (good, number) => (number, good.Kind))];

    [Theory]
    [InlineData("vmcs12", "ends at byte 500, within the vmcs12 of")]
    [InlineData("evmcs", "ends at byte 500, within the enlightened VMCS of")]
    [InlineData("nested-state", "byte 4: the nested state says that it has 4224 bytes, but it ends at byte 500")]
    [InlineData("snapshot", "ends at byte 500, within section 'PAGE'")]
    [InlineData("kvm-run", "ends at byte 500, within the kvm_run of 2352 bytes that begins at byte 0")]
    public void An_image_that_is_cut_off_is_told_with_its_end(string kind, string error)
    {
        var bytes = s_good.Single(good => good.Kind == kind).Bytes;

        var run = ToolRun.Of(bytes[..500], "decode", "-", "--as", kind);

        Assert.Equal(2, run.ExitCode);
        Assert.Empty(run.Output);
        Assert.Contains(error, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_that_is_too_long_is_not_read_to_its_end()
    {
        var run = ToolRun.Of(new byte[100 << 20], "decode", "-", "--as", "vmcs12");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("byte 65536: the file goes on", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_snapshot_that_claims_a_section_of_2_GiB_is_refused_before_it_is_read()
    {
        byte[] bytes = [.. "VmcsSnap"u8, 1, 0, 0, 0, 0, 0, 0, 0, .. "REGS"u8, 0xFF, 0xFF, 0xFF, 0x7F];

        var run = ToolRun.Of(bytes, "decode", "-");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("section 'REGS'", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_nothing_is_told_so_with_what_to_do()
    {
        var run = ToolRun.Of(new byte[4096], "decode", "-");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("byte 0: the file is none of", run.Error, StringComparison.Ordinal);
        Assert.Contains("--as", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Damaged_images_end_in_an_answer_or_an_error(int number, string kind)
    {
        var good = s_good[number].Bytes;
        var random = new Random(number);
        var inputs = InputCount() / s_good.Length;
        var slowest = TimeSpan.Zero;
        for (var i = 0; i < inputs; i++)
        {
            var bytes = Damage(good, random);
            var watch = Stopwatch.StartNew();
            var run = i % 4 == 0 ? ToolRun.Of(bytes, "decode", "-", "--json") : ToolRun.Of(bytes, "decode", "-", "--as", kind, "--json");
            slowest = watch.Elapsed > slowest ? watch.Elapsed : slowest;
            Assert.InRange(run.ExitCode, 0, 2);
            Assert.True(
                run.ExitCode != 2
                    || run.Error.Contains("byte", StringComparison.Ordinal)
                    || run.Error.Contains("there is no kvm_entry", StringComparison.Ordinal)
                    || run.Error.Contains("the trace has no format of kvm_entry", StringComparison.Ordinal),
                run.Error
            );
        }
        Assert.InRange(slowest.TotalSeconds, 0, 10);
    }

    [Fact]
    public void Damaged_regions_in_an_image_do_not_stop_a_search()
    {
        var random = new Random(3);
        var image = new byte[4 << 20];
        for (var at = 0; at < image.Length; at += 4096)
        {
            var bytes = Damage(s_good[random.Next(3)].Bytes, random);
            bytes.AsSpan(0, Math.Min(bytes.Length, image.Length - at)).CopyTo(image.AsSpan(at));
        }

        Assert.Equal(0, ToolRun.Of(image, "scan", "-", "--json").ExitCode);
    }

    private static byte[] Damage(byte[] good, Random random)
    {
        var bytes = (byte[])good.Clone();
        switch (random.Next(5))
        {
            case 0:
                random.NextBytes(bytes);
                return bytes[..random.Next(bytes.Length + 1)];
            case 1:
                return bytes[..random.Next(bytes.Length + 1)];
            case 2:
                return [.. bytes, .. bytes[..random.Next(bytes.Length)]];
            case 3:
                // The beginning has the sizes and kinds.
                for (var i = 0; i < 3; i++)
                    bytes[random.Next(Math.Min(bytes.Length, 160))] = (byte)random.Next(256);
                return bytes;
            default:
                for (var i = 0; i < 40; i++)
                    bytes[random.Next(bytes.Length)] = (byte)(random.Next(2) == 0 ? 0xFF : random.Next(256));
                return bytes;
        }
    }

    private static int InputCount() =>
        int.TryParse(
            Environment.GetEnvironmentVariable("VMCSGEN_TOOL_INPUTS"),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var count
        )
            ? count
            : Inputs;
}
