using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using VmcsGen.Tool.Tests.Images;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Tests;
using Xunit;

namespace VmcsGen.Tool.Tests.Scanning;

/// <summary>Regions in images: all that are there, and none in ordinary files.</summary>
public class ScanTests
{
    private const string PrivateLayout = """
        kind: layouts
        layouts:
          - name: PrivateVmcs
            doc: A layout of nobody.
            size: 2048
            revision: 0x2B
            fields:
        """;

    // Beginning, end of a block, across two blocks, end of the image.
    private static readonly long[] s_places = [0x1000, (4 << 20) - 4096, 4 << 20, (8 << 20) - 0x1000, (12 << 20) - 0x1000];

    [Theory]
    [InlineData("vmcs12")]
    [InlineData("enlightened VMCS")]
    public void Regions_are_found_where_they_are(string layout)
    {
        var page = (layout == "vmcs12" ? FactPage.Vmcs12 : FactPage.Enlightened).Write(SceneFields.Of(EntryCase.Long()));
        var image = Noise(12 << 20);
        foreach (var place in s_places)
            page.CopyTo(image, (int)place);

        var found = Scan(image);

        Assert.Equal(s_places.Select(place => (place, layout)), found.Order());
    }

    [Fact]
    public void A_region_with_a_telling_revision_is_found_anywhere()
    {
        var image = Noise(9 << 20);
        var page = FactPage.Vmcs12.Write(SceneFields.Of(EntryCase.Long()));
        long[] places = [128, 5004, (4 << 20) - 12, (9 << 20) - 4096];
        foreach (var place in places)
            page.CopyTo(image, (int)place);

        Assert.Equal(places.Select(static place => (place, "vmcs12")), Scan(image).Order());
    }

    [Fact]
    public void Pages_of_a_core_begin_where_its_segments_do()
    {
        // ELF64, little-endian, type core; one program header of type PT_LOAD.
        var image = new byte[0x40_0000];
        byte[] identity = [0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1];
        identity.CopyTo(image, 0);
        BitConverter.TryWriteBytes(image.AsSpan(16), (ushort)4);
        BitConverter.TryWriteBytes(image.AsSpan(32), 64UL);
        BitConverter.TryWriteBytes(image.AsSpan(54), (ushort)56);
        BitConverter.TryWriteBytes(image.AsSpan(56), (ushort)1);
        BitConverter.TryWriteBytes(image.AsSpan(64), 1U);
        BitConverter.TryWriteBytes(image.AsSpan(72), 0x234UL);
        FactPage.Enlightened.Write(SceneFields.Of(EntryCase.Long())).CopyTo(image, 0x3000 + 0x234);

        Assert.Equal([(0x3234, "enlightened VMCS")], Scan(image));
    }

    [Fact]
    public void The_layout_of_a_spec_is_looked_for()
    {
        var fields = SceneFields.Of(EntryCase.Long());
        var spec = PrivateLayout;
        var page = new byte[2048];
        page[0] = 0x2B;
        var offset = 8;
        foreach (var (field, value) in fields)
        {
            spec += $"\n      - {{ offset: {offset}, field: {field} }}";
            BitConverter.GetBytes(value).AsSpan(0, field.Size).CopyTo(page.AsSpan(offset));
            offset += field.Size;
        }
        var image = Noise(2 << 20);
        page.CopyTo(image, 0x5000);
        using var directory = new VmcsGen.Oracle.Tests.Headers.ScratchDirectory();
        var path = directory.Write("private.vmcs.yaml", spec + "\n");

        Assert.Equal([(0x5000, "PrivateVmcs")], Scan(image, "--layout", path));
        Assert.Empty(Scan(image));
    }

    [Fact]
    public void A_region_that_keeps_more_rules_comes_first()
    {
        var good = SceneFields.Of(EntryCase.Long());
        var bad = new Dictionary<VmcsField, ulong>(good) { [VmcsField.GuestRflags] = 0, [VmcsField.GuestCsSelector] = 0xFFFF };
        byte[] image = [.. FactPage.Vmcs12.Write(bad), .. FactPage.Vmcs12.Write(good)];

        Assert.Equal([(4096, "vmcs12"), (0, "vmcs12")], Scan(image));
    }

    [Fact]
    public void A_region_that_is_cut_off_and_one_that_was_never_used_are_none()
    {
        var page = FactPage.Vmcs12.Write(SceneFields.Of(EntryCase.Long()));
        var unused = new byte[4096];
        BitConverter.TryWriteBytes(unused, 0x11E5_7ED0);

        Assert.Empty(Scan([.. unused, .. page[..900]]));
    }

    [Fact]
    public void Ordinary_files_have_none()
    {
        // The runtime, its class library, and this test.
        var files = Directory
            .GetFiles(Path.GetDirectoryName(typeof(object).Assembly.Location)!)
            .Concat(Directory.GetFiles(AppContext.BaseDirectory))
            .ToArray();

        var run = ToolRun.Of(["scan", .. files, "--json"]);

        Assert.Equal(1, run.ExitCode);
        Assert.True(JsonDocument.Parse(run.Output).RootElement.GetProperty("bytes").GetInt64() > 50 << 20);
    }

    [Fact]
    public void An_image_of_no_bytes_has_none() => Assert.Empty(Scan([]));

    private static (long Offset, string Layout)[] Scan(byte[] image, params string[] options)
    {
        var run = ToolRun.Of(image, ["scan", "-", "--json", .. options]);
        using var json = JsonDocument.Parse(run.Output);
        Assert.Equal(image.Length, json.RootElement.GetProperty("bytes").GetInt64());
        var found = json.RootElement.GetProperty("regions").EnumerateArray().ToArray();
        Assert.Equal(found.Length == 0 ? 1 : 0, run.ExitCode);
        return [.. found.Select(static one => (one.GetProperty("byte").GetInt64(), one.GetProperty("layout").GetString()!))];
    }

    private static byte[] Noise(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        // Half of memory is zeros.
        for (var page = 0; page < length / 4096; page += 2)
            bytes.AsSpan(4096 * page, 4096).Clear();
        return bytes;
    }
}
