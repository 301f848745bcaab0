using System.Threading.Tasks;
using Xunit;

namespace VmcsGen.Package.Tests;

/// <summary>The analyzers, as a consumer gets them with the package.</summary>
public sealed class AnalyzerTests(PackageFeed feed)
{
    [Fact]
    public async Task The_package_brings_the_analyzers_also_for_fields_of_a_consumers_own()
    {
        var consumer = new Consumer(feed, "analyzers", "<WarningsNotAsErrors>VMCS1001;VMCS1005;VMCS1006;VMCS1009</WarningsNotAsErrors>");
        consumer.Write(".globalconfig", "is_global = true\ndotnet_diagnostic.VMCS1005.severity = warning\n");
        consumer.Write(
            "fields.vmcs.yaml",
            """
            kind: vmcs-fields
            fields:
              - { name: AcmeCounter, encoding: 0x2E00, exists-when: EnableVpid, doc: Counts. }
              - { name: AcmeReason, encoding: 0x2600, doc: Tells. }
            """
        );
        consumer.Write(
            "Code.cs",
            """
            using Consumer;
            using VmcsGen.Kvm;
            using VmcsGen.Vmx;

            internal static class Code
            {
                private static void Main()
                {
                }

                private static void Program(IVmxProcessor cpu, Vmcs<CurrentVmcs> vmcs, KvmExit exit)
                {
                    cpu.Vmxoff();
                    _ = vmcs.AcmeCounter;
                    vmcs.Access.Write(VmcsField.AcmeReason, 1);
                    if (exit.Reason == KvmExitReason.Io)
                        exit.Mmio.Answer(0);
                }
            }
            """
        );

        var build = (await consumer.Build()).MustSucceed();

        Assert.Contains("Code.cs(13,9): warning VMCS1009: Vmxoff reports failure by its result", build.Output);
        Assert.Contains(
            "Code.cs(14,13): warning VMCS1005: AcmeCounter exists on processors that support SecondaryProcessorBasedControls.EnableVpid",
            build.Output
        );
        Assert.Contains("Code.cs(15,27): warning VMCS1001: ", build.Output);
        Assert.Contains("Code.cs(17,13): warning VMCS1006: exit.Mmio belongs to exit reason Mmio, but here the reason is Io", build.Output);
    }
}
