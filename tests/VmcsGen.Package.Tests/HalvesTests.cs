using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace VmcsGen.Package.Tests;

/// <summary>Each half of the library by itself: who wants one gets nothing of the other.</summary>
public sealed class HalvesTests(PackageFeed feed)
{
    [Fact]
    public async Task A_program_that_uses_VMX_alone_has_one_assembly_of_ours() =>
        await Runs(
            "VmcsGen.Vmx",
            """
            using VmcsGen.Vmx;
            using VmcsGen.Vmx.Software;

            var vmcs12 = Vmcs12Image.Create();
            var vmcs = vmcs12.Vmcs;
            vmcs.GuestRip = 0x77;
            var processor = new SoftwareVmx(new PhysicalMemory(1 << 20));
            Console.WriteLine($"{vmcs.GuestRip:x} {VmxCapabilities.Read(processor).Basic.VmcsRegionSize}");
            """,
            "77 4096\n"
        );

    [Fact]
    public async Task A_program_that_uses_KVM_alone_has_one_assembly_of_ours() =>
        await Runs(
            "VmcsGen.Kvm",
            """
            using VmcsGen.Kvm;

            Console.WriteLine($"{KvmIoctl.KVM_RUN:x} {KvmHost.TryOpen(out _, out var unavailable) || unavailable.Message.Length > 0}");
            """,
            "ae80 True\n"
        );

    private async Task Runs(string package, string program, string output)
    {
        const string loaded = """
            Console.WriteLine(string.Join(' ', AppDomain.CurrentDomain.GetAssemblies().Select(a => a.GetName().Name).Where(name => name!.StartsWith("VmcsGen")).Order()));
            """;
        var consumer = new Consumer(feed, package, package: package);
        consumer.Write("Program.cs", $"using System;\nusing System.Linq;\n{program}\n{loaded}");

        (await consumer.Build("-o", "out")).MustSucceed();

        Assert.Equal([package + ".dll"], Directory.GetFiles(Path.Combine(consumer.Folder, "out"), "VmcsGen*.dll").Select(Path.GetFileName));
        Assert.Equal(
            $"{output}{package}\n",
            (await Command.Run(consumer.Folder, Path.Combine(consumer.Folder, "out", "Consumer"))).MustSucceed().Output
        );
    }
}
