using System;
using System.IO;
using System.Threading.Tasks;
using Xunit;

namespace VmcsGen.Package.Tests;

/// <summary>One program with YAML of its own, published in each way that leaves something out.</summary>
public sealed class PublishTests(PackageFeed feed)
{
    private const string Program = """
        using System;
        using System.Linq;
        using Consumer;
        using VmcsGen.Kvm;
        using VmcsGen.Vmx;

        var vmcs12 = Vmcs12Image.Create();
        var vmcs = vmcs12.Vmcs;
        vmcs.GuestRip = 0xFFF0;
        var image = AcmePageImage.Create();
        var own = image.Vmcs;
        own.AcmeCounter = 42;
        Console.WriteLine($"{image.Page.AcmeCounter} {VmcsSnapshot.Capture(vmcs).Count(f => f.Value == 0xFFF0)} {VmcsFields.All.Length > 150}");
        if (!KvmHost.TryOpen(out var host, out var unavailable))
        {
            Console.WriteLine(unavailable.Message);
            return;
        }
        using var vm = host.CreateVm();
        using var memory = GuestMemory.Allocate(0x1000);
        memory.Write(0, [0xE4, 0x10, 0x04, 0x05, 0xE6, 0x11, 0xF4]); // in al,10h; add al,5; out 11h,al; hlt
        vm.MapMemory(0, memory);
        using var vcpu = vm.CreateVcpu(0);
        vcpu.GetSregs(out var sregs);
        sregs.Cs.Base = sregs.Cs.Selector = 0;
        vcpu.SetSregs(sregs);
        vcpu.SetRegs(new KvmRegs { Rip = 0, Rflags = 2 });
        for (var exit = vcpu.Run(); exit.Reason != KvmExitReason.Hlt; exit = vcpu.Run())
        {
            if (exit.Io.Direction == KvmIoDirection.In)
                exit.Io.Answer(37);
            else
                Console.WriteLine($"The guest says {exit.Io.Value}.");
        }
        """;

    [Fact]
    public async Task NativeAOT_trimming_and_a_single_file_work_and_warn_of_nothing()
    {
        var consumer = new Consumer(feed, "published");
        // Both libraries are kept whole and looked at, not only what this program uses of them.
        consumer.Write(
            "Directory.Build.targets",
            "<Project><ItemGroup><TrimmerRootAssembly Include=\"VmcsGen.Kvm;VmcsGen.Vmx\" /></ItemGroup></Project>"
        );
        consumer.Write("acme.vmcs.yaml", "kind: vmcs-fields\nfields: [{ name: AcmeCounter, encoding: 0x2E00, doc: Counts. }]\n");
        consumer.Write(
            "page.vmcs.yaml",
            "kind: layouts\nlayouts: [{ name: AcmePage, size: 64, doc: A page., fields: [{ offset: 8, field: AcmeCounter }] }]\n"
        );
        consumer.Write("Program.cs", Program);

        await Publish("native", "-p:PublishAot=true", "--use-current-runtime");
        Assert.False(File.Exists(Path.Combine(consumer.Folder, "native", "Consumer.dll")));
        if (Kvm.RequiresIntelLab)
        {
            var lab = (await Kvm.RunInIntelLab(consumer.Folder, Path.Combine(consumer.Folder, "native", "Consumer"))).MustSucceed();
            Assert.Contains("42 1 True\nThe guest says 42.\n", lab.Output, StringComparison.Ordinal);
        }

        await Publish("trimmed", "-p:PublishTrimmed=true", "--use-current-runtime", "--self-contained");
        Assert.False(File.Exists(Path.Combine(consumer.Folder, "trimmed", "System.Net.Http.dll")));

        await Publish("single", "-p:PublishSingleFile=true", "--use-current-runtime", "--no-self-contained");
        Assert.Empty(Directory.GetFiles(Path.Combine(consumer.Folder, "single"), "VmcsGen.*.dll"));

        async Task Publish(string output, params string[] options)
        {
            var publish = (await Command.Dotnet(consumer.Folder, ["publish", "-o", output, .. options])).MustSucceed();
            Assert.DoesNotContain("warning", publish.Output, StringComparison.OrdinalIgnoreCase);
            var run = (await Command.Run(consumer.Folder, Path.Combine(consumer.Folder, output, "Consumer"))).MustSucceed();
            Assert.StartsWith("42 1 True\n", run.Output, StringComparison.Ordinal);
            if (File.Exists("/dev/kvm"))
                Assert.EndsWith("The guest says 42.\n", run.Output, StringComparison.Ordinal);
        }
    }
}
