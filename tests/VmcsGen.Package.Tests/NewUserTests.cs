using System;
using System.IO;
using System.Threading.Tasks;
using Xunit;

namespace VmcsGen.Package.Tests;

/// <summary>The first minutes with the package, as the documentation tells them, in an empty folder.</summary>
public sealed class NewUserTests(PackageFeed feed)
{
    private const string Program = """
        using Acme.Probe;
        using VmcsGen.Vmx;

        var image = AcmePageImage.Create();
        var vmcs = image.Vmcs;
        vmcs.AcmeCounter = 42;
        Console.WriteLine($"field {(uint)VmcsField.AcmeCounter:x}, layout {image.Page.AcmeCounter}, ioctl {KernelIoctls.KVM_ACME_PING:x}");
        """;

    private const string Field = """
        kind: vmcs-fields
        fields:
          - name: AcmeCounter
            encoding: 0x2E00
            doc: Counts.
        """;

    private const string Layout = """
        kind: layouts
        layouts:
          - name: AcmePage
            size: 64
            doc: Where the Acme hypervisor keeps a VMCS.
            fields:
              - { offset: 8, field: AcmeCounter }
        """;

    private const string Ioctl = """
        kind: kvm-ioctls
        ioctls:
          - { name: KVM_ACME_PING, number: 0xF0, direction: none, descriptor: vm, doc: Pings. }
        """;

    [Fact]
    public async Task From_an_empty_folder_a_new_user_gets_on_and_is_told_what_is_wrong()
    {
        var folder = feed.NewConsumer("new-user");
        void Write(string file, string text) => File.WriteAllText(Path.Combine(folder, file), text);

        (
            await Command.Dotnet(
                folder,
                "new",
                "console",
                "-n",
                "Acme.Probe",
                "-o",
                ".",
                "--no-restore",
                "--debug:custom-hive",
                feed.TemplateHive
            )
        ).MustSucceed();
        (await Command.Dotnet(folder, "add", "package", "VmcsGen")).MustSucceed();
        Assert.Contains(
            $"<PackageReference Include=\"VmcsGen\" Version=\"{feed.Version}\" />",
            File.ReadAllText(Path.Combine(folder, "Acme.Probe.csproj")),
            StringComparison.Ordinal
        );
        Write("field.vmcs.yaml", Field);
        Write("layout.vmcs.yaml", Layout);
        Write("kernel.vmcs.yaml", Ioctl);
        Write("Program.cs", Program);
        Assert.Equal("field 2e00, layout 42, ioctl aef0\n", (await Command.Dotnet(folder, "run")).MustSucceed().Output);

        await Breaks(
            "field.vmcs.yaml",
            Field,
            "    encoding",
            "   encoding",
            "field.vmcs.yaml(4,4): error VMCS0001: This is not valid YAML: While parsing a block collection, did not find expected '-' indicator: "
                + "keys of one item begin in the same column"
        );
        await Breaks(
            "field.vmcs.yaml",
            Field,
            "encoding",
            "encodng",
            "field.vmcs.yaml(4,5): error VMCS0004: This VMCS field has no key 'encodng'. Did you mean 'encoding'?"
        );
        await Breaks(
            "field.vmcs.yaml",
            Field,
            "0x2E00",
            "lots",
            "field.vmcs.yaml(4,15): error VMCS0007: 'lots' cannot be the value of 'encoding', which is a number from 0 to 4294967295, "
                + "decimal or hexadecimal with 0x."
        );
        await Breaks(
            "layout.vmcs.yaml",
            Layout,
            "field: AcmeCounter",
            "field: AcmeCuonter",
            "layout.vmcs.yaml(7,29): error VMCS0010: There is no VMCS field 'AcmeCuonter', neither built in nor in this project's specs. "
                + "Did you mean 'AcmeCounter'?"
        );
        await Breaks(
            "field.vmcs.yaml",
            Field,
            "doc: Counts.",
            "doc: Counts.\n  - { name: AcmeCounter, encoding: 0x2E02 }",
            "field.vmcs.yaml(6,13): error VMCS0009: The name 'AcmeCounter' is already taken by the VMCS field AcmeCounter in field.vmcs.yaml: "
                + "choose another"
        );

        (await Command.Dotnet(folder, "build", "--no-restore")).MustSucceed();

        async Task Breaks(string file, string text, string right, string wrong, string message)
        {
            Assert.Contains(right, text, StringComparison.Ordinal);
            Write(file, text.Replace(right, wrong, StringComparison.Ordinal));
            var build = (await Command.Dotnet(folder, "build", "--no-restore")).MustFail();
            Assert.Contains(message, build.Output, StringComparison.Ordinal);
            Write(file, text);
        }
    }
}
