using System;
using System.IO;
using System.Linq;
using VmcsGen.Vmm.Tests.Testing;
using Xunit;

namespace VmcsGen.Vmm.Tests.Specs;

/// <summary>Numbers of specs, as gcc has them by the system's headers.</summary>
public class ConstantTests
{
    private static readonly Type[] s_groups =
    [
        typeof(EventKinds),
        typeof(EpollOperation),
        typeof(FileAllocation),
        typeof(TunRequest),
        typeof(TunFlags),
        typeof(VirtqueueDescriptorFlags),
        typeof(VirtioMmioRegister),
        typeof(VirtioStatus),
        typeof(VirtioBlockRequest),
        typeof(VirtioBlockFeature),
        typeof(VirtioBlockStatus),
        typeof(VirtioNetFeature),
        typeof(VirtioNetStatus),
        typeof(VsockOperation),
        typeof(VsockShutdown),
        typeof(VsockType),
        typeof(VsockEvent),
        typeof(FirmwareItem),
        typeof(FirmwareKey),
        typeof(FirmwareFeatures),
        typeof(FirmwareDmaControl),
    ];

    [Fact]
    public void Numbers_are_those_of_the_systems_headers()
    {
        Tool.Require("gcc", "gcc");
        using TemporaryFolder folder = new();
        var source = folder.File("numbers.c");
        string[] headers =
        [
            "sys/epoll.h",
            "sys/ioctl.h",
            "linux/falloc.h",
            "linux/if_tun.h",
            "linux/virtio_ring.h",
            "linux/virtio_mmio.h",
            "linux/virtio_config.h",
            "linux/virtio_blk.h",
            "linux/virtio_net.h",
            "linux/virtio_vsock.h",
            "linux/qemu_fw_cfg.h",
        ];
        var values = s_groups.SelectMany(static group => Enum.GetNames(group).Select(name => (Group: group, Name: name))).ToArray();
        File.WriteAllText(
            source,
            string.Concat(headers.Select(static header => $"#include <{header}>\n"))
                + "#include <stdio.h>\nint main(void) {\n"
                + string.Concat(
                    values.Select(static value => $"printf(\"%lld\\n\", (long long)({NativeName(value.Group, value.Name)}));\n")
                )
                + "return 0; }\n"
        );
        Tool.Run("gcc", "-o", folder.File("numbers"), source);

        var expected = Tool.Run(folder.File("numbers"))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Zip(values, static (number, value) => $"{value.Group.Name}.{value.Name} = {number}");
        Assert.Equal(expected, values.Select(static value => $"{value.Group.Name}.{value.Name} = {Enum.Parse(value.Group, value.Name):D}"));
    }

    private static string NativeName(Type group, string name) =>
        group
            .GetField(name)!
            .GetCustomAttributesData()
            .Single(static attribute => attribute.AttributeType.Name == "NativeNameAttribute")
            .ConstructorArguments[0]
            .Value!.ToString()!;
}
