using System.Threading.Tasks;
using Xunit;

namespace VmcsGen.Package.Tests;

/// <summary>
/// Everything that a consumer may add, at once: several files, namespaces and visibilities, and severities of its choice.
/// </summary>
public sealed class ExtensionTests(PackageFeed feed)
{
    [Fact]
    public async Task Every_kind_of_extension_works_together_in_one_consumer()
    {
        var consumer = new Consumer(feed, "extension", "<GenerateDocumentationFile>true</GenerateDocumentationFile>");
        consumer.Write(
            "modes.vmcs.yaml",
            """
            kind: enums
            visibility: public
            namespace: Acme.Modes
            enums: [{ name: AcmeMode, size: 8, doc: Modes., values: [{ value: 0, name: Off, doc: Off. }, { value: 1, name: On, doc: On. }] }]
            """
        );
        consumer.Write(
            "bits.vmcs.yaml",
            """
            kind: bitfields
            visibility: public
            bitfields:
              - { name: AcmePolicy, size: 32, doc: Policy., bits: [{ bit: 0, name: Strict, doc: Strict. }, { bits: 8-15, name: Mode, enum: AcmeMode, doc: Mode. }] }
              - { extends: PinBasedControls, bits: [{ bit: 31, name: EnableAcme, doc: On. }] }
            """
        );
        consumer.Write(
            "acme-fields.vmcs.yaml",
            """
            kind: vmcs-fields
            visibility: public
            fields:
              - { name: AcmeCount, encoding: 0x2E00, exists-when: EnableAcme, doc: Counts. }
              - { name: AcmeGuestPolicy, encoding: 0x4E00, type: AcmePolicy, doc: Decides. }
            """
        );
        consumer.Write(
            "more-fields.vmcs.yaml",
            "kind: vmcs-fields\nnamespace: Acme.More\nfields: [{ name: AcmeInternal, encoding: 0x4E02 }]\n"
        );
        consumer.Write(
            "layout.vmcs.yaml",
            """
            kind: layouts
            visibility: public
            layouts:
              - name: AcmePage
                size: 64
                doc: A page.
                fields:
                  - { offset: 0, name: Mode, type: AcmeMode, doc: The mode. }
                  - { offset: 8, field: AcmeCount }
                  - { offset: 16, field: AcmeGuestPolicy }
                  - { offset: 24, field: GuestRip }
            """
        );
        consumer.Write("acme-msrs.vmcs.yaml", "kind: msrs\nmsrs: [{ name: AcmeMsr, index: 0x4ACE, doc: An MSR. }]\n");
        consumer.Write(
            "constants.vmcs.yaml",
            """
            kind: kvm-constants
            groups:
              - { name: AcmeCapability, form: enum, prefix: KVM_CAP_, values: [{ name: KVM_CAP_ACME, value: 10001 }] }
              - { name: AcmeFlags, form: flags, prefix: KVM_ACME_, values: [{ name: KVM_ACME_DEEP, value: 1 }] }
              - { name: AcmeLimits, form: constants, prefix: KVM_ACME_, values: [{ name: KVM_ACME_MAX, value: 80 }] }
            """
        );
        consumer.Write(
            "structs.vmcs.yaml",
            """
            kind: kvm-structs
            structs:
              - name: kvm_acme_state
                size: 48
                csharp: AcmeState
                members:
                  - { name: flags, type: __u32, enum: AcmeFlags }
                  - { name: pad, type: __u32, padding: true }
                  - { name: segment, type: struct kvm_segment }
                  - union: [{ name: where, type: __u64 }, { name: port, type: __u16 }]
                  - { name: table, csharp: Rows, type: "__u16[2][2]" }
            """
        );
        consumer.Write(
            "acme.vmcs.yaml",
            """
            kind: kvm-ioctls
            ioctls:
              - { name: KVM_ACME_STATE, number: 0xF0, direction: read, descriptor: [vm, vcpu], argument: struct kvm_acme_state, parameter: state, csharp: ReadAcme }
              - { name: KVM_ACME_RESET, number: 0xF1, direction: none, descriptor: vcpu }
            """
        );
        // The same fact twice, as a warning: nothing else is disturbed.
        consumer.Write(
            "spoilt.vmcs.yaml",
            "kind: vmcs-fields\nfields:\n  - { name: GuestRip, encoding: 0x4E04 }\n  - { name: AcmeWhole, encoding: 0x4E06 }\n"
        );
        consumer.Write(".globalconfig", "is_global = true\ndotnet_diagnostic.VMCS0009.severity = suggestion\n");
        consumer.Write(
            "Program.cs",
            """
            using System;
            using Acme.Modes;
            using Acme.More;
            using Extension;
            using VmcsGen.Kvm;
            using VmcsGen.Vmx;

            var image = AcmePageImage.Create();
            var vmcs = image.Vmcs;
            vmcs.AcmeCount = 7;
            vmcs.AcmeGuestPolicy = new AcmePolicy() with { Strict = true, Mode = AcmeMode.On };
            vmcs.GuestRip = 0x1234;
            image.Page.Mode = AcmeMode.On;
            Console.WriteLine($"{image.Page.AcmeCount} {image.Page.AcmeGuestPolicy} {image.Page.Mode} {vmcs.GuestRip:x}");
            Console.WriteLine($"{default(PinBasedControls).WithEnableAcme(true).Value:x} {AcmeVmcsFields.All[0].ExistsWhen} {(uint)VmcsField.AcmeInternal:x} {(uint)VmcsField.AcmeWhole:x}");
            Console.WriteLine($"{(uint)AcmeMsrs.AcmeMsr:x} {(int)AcmeCapability.Acme} {AcmeLimits.Max} {AcmeIoctls.KVM_ACME_STATE:x} {System.Runtime.CompilerServices.Unsafe.SizeOf<AcmeState>()}");
            if (!KvmHost.TryOpen(out var host, out var reason))
            {
                Console.WriteLine(reason.Message);
                return;
            }
            using var vm = host.CreateVm();
            using var vcpu = vm.CreateVcpu(0);
            Console.WriteLine($"has {host.Has((KvmCapability)AcmeCapability.Acme)}");
            try
            {
                vcpu.AcmeReset();
            }
            catch (KvmException e)
            {
                Console.WriteLine($"refused {e.ErrnoName}");
            }
            try
            {
                vm.ReadAcme(out var state);
                Console.WriteLine(state.Where);
            }
            catch (KvmException e)
            {
                Console.WriteLine($"refused again {e.ErrnoName}");
            }
            """.Replace("Extension;", "Consumer;", System.StringComparison.Ordinal)
        );

        (await consumer.Build()).MustSucceed();
        var run = (await consumer.Run()).MustSucceed();

        Assert.Contains("7 Strict, Mode=On On 1234", run.Output);
        Assert.Contains("80000000 PinBasedControls.EnableAcme 4e02 4e06", run.Output);
        Assert.Contains("4ace 10001 80 8030aef0 48", run.Output);
        if (!System.IO.File.Exists("/dev/kvm"))
            return;
        Assert.Contains("has False", run.Output);
        Assert.Contains("refused ", run.Output);
        Assert.Contains("refused again ENOTTY", run.Output);
    }

    [Theory]
    [InlineData("warning", "warning VMCS0004: ")]
    [InlineData("error", "error VMCS0004: ")]
    [InlineData("none", null)]
    public async Task Severity_is_what_a_globalconfig_says(string severity, string? line)
    {
        var consumer = new Consumer(feed, "severity-" + severity, "<TreatWarningsAsErrors>false</TreatWarningsAsErrors>");
        consumer.Write("fields.vmcs.yaml", "kind: vmcs-fields\nfields: [{ name: AcmeCounter, encoding: 0x2E00, dco: Counts. }]\n");
        consumer.Write("Program.cs", "System.Console.WriteLine(VmcsGen.Vmx.VmcsField.HostRip);");
        consumer.Write(".globalconfig", $"is_global = true\ndotnet_diagnostic.VMCS0004.severity = {severity}\n");

        var build = await consumer.Build();

        Assert.Equal(severity == "error", build.ExitCode != 0);
        if (line is null)
            Assert.DoesNotContain("VMCS0004", build.Output);
        else
            Assert.Contains("fields.vmcs.yaml(2,49): " + line, build.Output);
    }
}
