using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using VmcsGen.Oracle.Tests.Headers;
using VmcsGen.Tool.Probing;
using VmcsGen.Tool.Tests.Images;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Bochs;
using VmcsGen.Vmx.Bochs.Tests.Testing;
using VmcsGen.Vmx.Creation;
using VmcsGen.Vmx.RingZero;
using VmcsGen.Vmx.Software;
using Xunit;

namespace VmcsGen.Tool.Tests.Probing;

/// <summary>Layouts of VMCS regions, found on processors.</summary>
public class LayoutTests
{
    public static TheoryData<string> Models { get; } = Vmx.Bochs.Tests.Testing.Models.All;

    [Fact]
    public void On_a_processor_that_keeps_vmcs12s_the_layout_is_that_of_KVM()
    {
        var memory = new PhysicalMemory(1 << 20);
        var processor = new SoftwareVmx(memory, new SoftwareVmxProfile { VmcsFormat = SoftwareVmcsFormat.Vmcs12 });

        var layout = LayoutProbe.Run(processor, new PhysicalPageAllocator(memory, new PhysicalMemoryRange(0x1000, 0xF_F000)), "a test");

        Assert.True(layout.Fields.Count > 100);
        Assert.All(
            layout.Fields,
            static one => Assert.Equal((FactPage.Vmcs12.OffsetOf(one.Field), null), (one.Offset ?? -1, one.Transformation))
        );
    }

    [Theory]
    [InlineData(0, 0x0UL, null)]
    [InlineData(5, 0x0UL, "rotated left by 5 bits")]
    [InlineData(0, 0xA5A5_5A5AUL, "XORed with 0xA5A55A5A")]
    public void A_transformation_is_told(int rotation, ulong mask, string? expected)
    {
        var random = new Random(1);
        var values = Enumerable.Range(0, 5).Select(_ => (ulong)(uint)random.Next()).ToArray();
        var pictures = values
            .Select(value =>
            {
                var page = new byte[4096];
                random.NextBytes(page);
                var stored = (uint)(value << rotation | value >> (32 - rotation)) ^ (uint)mask;
                BitConverter.TryWriteBytes(page.AsSpan(1234), rotation == 0 ? (uint)value ^ (uint)mask : stored);
                return page;
            })
            .ToArray();

        Assert.Equal(new(VmcsField.GuestEsLimit, 1234, expected), FieldPlaces.Find(VmcsField.GuestEsLimit, values, pictures));
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void On_each_model_of_Bochs_a_region_is_decoded_and_found_by_the_layout(string model)
    {
        TestMachine.SkipWithoutBochs();
        using var directory = new ScratchDirectory();
        var spec = directory.Path("private.vmcs.yaml");
        var run = ToolRun.Of("layout", "--machine", "bochs", "--model", model, "--output", spec);
        Assert.Empty(run.Error);
        Assert.Equal(0, ToolRun.Of("lint", spec).ExitCode);
        var text = File.ReadAllText(spec);
        Assert.True(text.Split("field: ").Length > 80, text);

        // A VMCS of a guest, with what VMREAD says of it.
        using var machine = BochsMachine.Start(model);
        var cpu = machine.Cpu;
        var (region, read) = GuestVmcs(cpu);
        var page = new byte[4096];
        cpu.Memory.Read(region, page);

        using var json = JsonDocument.Parse(ToolRun.Of(page, "decode", "-", "--layout", spec, "--json").Output);
        var fields = json.RootElement.GetProperty("parts")[0].GetProperty("fields");
        Assert.All(
            fields.EnumerateObject(),
            field => Assert.Equal($"0x{read[Enum.Parse<VmcsField>(field.Name)]:X}", field.Value.GetString())
        );

        byte[] image = [.. new byte[40 * 4096], .. page, .. new byte[8 * 4096]];
        using var found = JsonDocument.Parse(ToolRun.Of(image, "scan", "-", "--layout", spec, "--json").Output);
        var one = Assert.Single(found.RootElement.GetProperty("regions").EnumerateArray());
        Assert.Equal((40 * 4096, "PrivateVmcs"), (one.GetProperty("byte").GetInt32(), one.GetProperty("layout").GetString()));
    }

    private static (ulong Region, Dictionary<VmcsField, ulong> Fields) GuestVmcs(RingZeroCpu cpu)
    {
        var pages = new PhysicalPageAllocator(cpu.Memory, new PhysicalMemoryRange(cpu.FreeMemory.Start + 0x10_0000, 0x10_0000));
        using var vcpu = new VmxVcpuBuilder(cpu, pages) { Guest = VmxGuestState.Capture(cpu, rip: 0x1000, rsp: 0x8000) }.Build();
        var fields = VmcsSnapshot.Capture(vcpu.Vmcs).ToDictionary(static value => value.Info.Field, static value => value.Value);
        Assert.True(cpu.Vmptrst(out var region).IsSuccess);
        Assert.True(cpu.Vmclear(region).IsSuccess);
        return (region, fields);
    }
}
