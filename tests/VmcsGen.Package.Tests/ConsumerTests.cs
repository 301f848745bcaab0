using System.IO;
using System.Threading.Tasks;
using Xunit;

namespace VmcsGen.Package.Tests;

public sealed class ConsumerTests(PackageFeed feed)
{
    private const string Fields = """
        kind: vmcs-fields
        fields:
          - { name: AcmeCounter, encoding: 0x2E00, doc: Counts. }
          - { name: AcmePolicy, encoding: 0x4E00, type: AcmePolicyBits, doc: Decides. }
        """;

    private const string Bits = """
        kind: bitfields
        bitfields:
          - name: AcmePolicyBits
            size: 32
            doc: Decisions.
            bits:
              - { bit: 3, name: Strict, doc: No mercy. }
        """;

    private const string Layout = """
        kind: layouts
        namespace: Acme.Layouts
        layouts:
          - name: AcmePage
            size: 64
            doc: A page.
            fields:
              - { offset: 8, field: AcmeCounter }
              - { offset: 16, field: AcmePolicy }
              - { offset: 24, field: GuestRip }
        """;

    private const string Structs = """
        kind: kvm-structs
        structs:
          - name: kvm_acme_query
            size: 16
            doc: A question that no kernel answers.
            members:
              - { name: nent, type: __u32, doc: Number of entries. }
              - { name: flags, type: __u32, enum: KvmMemoryRegionFlags, doc: Flags. }
              - { name: where, type: __u64, doc: An address. }
              - { name: entries, type: "struct kvm_segment[]", count: nent, doc: The entries. }
          - name: kvm_acme_answer
            size: 8
            doc: An answer.
            members:
              - { name: value, type: __u64, doc: The answer. }
        """;

    private const string Ioctls = """
        kind: kvm-ioctls
        ioctls:
          - { name: KVM_ACME_QUERY, number: 0xF0, direction: write, descriptor: vm, argument: struct kvm_acme_query, parameter: query, doc: Asks. }
          - { name: KVM_ACME_ANSWER, number: 0xF1, direction: read, descriptor: [vm, vcpu], argument: struct kvm_acme_answer, parameter: answer, doc: Answers. }
        """;

    private const string Program = """
        using System;
        using Acme.Layouts;
        using Consumer;
        using VmcsGen.Kvm;
        using VmcsGen.Vmx;

        var image = AcmePageImage.Create();
        var vmcs = image.Vmcs;
        vmcs.AcmeCounter = 7;
        vmcs.AcmePolicy = new AcmePolicyBits() with { Strict = true };
        vmcs.GuestRip = 0x1234;
        Console.WriteLine($"{image.Page.AcmeCounter} {image.Page.AcmePolicy} {image.Read(VmcsField.GuestRip):x}");
        Console.WriteLine($"{(uint)VmcsField.AcmePolicy:x} {image.TryRead(VmcsField.HostRip, out _)}");
        Console.WriteLine($"{KernelIoctls.KVM_ACME_QUERY:x} {System.Runtime.CompilerServices.Unsafe.SizeOf<KvmAcmeQuery>()}");
        if (!KvmHost.TryOpen(out var host, out var reason))
        {
            Console.WriteLine(reason.Message);
            return;
        }
        using var vm = host.CreateVm();
        try
        {
            vm.AcmeQuery(new KvmBuffer<KvmAcmeQuery, KvmSegment>(3));
        }
        catch (KvmException e)
        {
            Console.WriteLine($"refused: {e.ErrnoName}");
        }
        """;

    [Fact]
    public async Task A_consumer_with_YAML_of_its_own_builds_and_runs_from_the_packages_alone()
    {
        var consumer = new Consumer(feed, "own-yaml");
        consumer.Write("fields.vmcs.yaml", Fields);
        consumer.Write("bits.vmcs.yaml", Bits);
        consumer.Write("layout.vmcs.yaml", Layout);
        consumer.Write("structs.vmcs.yaml", Structs);
        consumer.Write("kernel.vmcs.yaml", Ioctls);
        consumer.Write("Program.cs", Program);

        (await consumer.Build()).MustSucceed();
        var run = (await consumer.Run()).MustSucceed();

        Assert.Contains("7 Strict 1234", run.Output);
        Assert.Contains("4e00 VMfailValid(12: UnsupportedVmcsComponent)", run.Output);
        Assert.Contains("4010aef0 16", run.Output);
        if (File.Exists("/dev/kvm"))
            Assert.Contains("refused: ENOTTY", run.Output);
    }

    [Fact]
    public async Task A_mistake_in_a_consumers_YAML_is_a_build_error_at_its_line_and_column()
    {
        var consumer = new Consumer(feed, "mistake");
        consumer.Write("fields.vmcs.yaml", "kind: vmcs-fields\nfields:\n  - name: AcmeCounter\n    encodng: 0x2E00\n");
        consumer.Write("Program.cs", "System.Console.WriteLine();");

        var build = await consumer.Build();

        Assert.NotEqual(0, build.ExitCode);
        Assert.Contains(
            "fields.vmcs.yaml(4,5): error VMCS0004: This VMCS field has no key 'encodng'. Did you mean 'encoding'?",
            build.Output
        );
    }

    [Fact]
    public async Task With_VmcsGenEmit_all_a_consumer_has_the_whole_VMX_part_and_no_runtime()
    {
        var consumer = new Consumer(feed, "emit-all", "<VmcsGenEmit>all</VmcsGenEmit><AllowUnsafeBlocks>true</AllowUnsafeBlocks>");
        consumer.Write(
            "Program.cs",
            """
            using System;
            using VmcsGen.Vmx;

            unsafe
            {
                var page = stackalloc Vmcs12[1];
                *page = default;
                var vmcs = new Vmcs12Image(page).Vmcs;
                vmcs.GuestRip = 0x77;
                Console.WriteLine($"{page->GuestRip:x} {typeof(Vmcs12).Assembly.GetName().Name}");
            }
            """
        );

        (await consumer.Build()).MustSucceed();

        Assert.Contains("77 Consumer", (await consumer.Run()).MustSucceed().Output);
    }

    [Fact]
    public async Task A_consumer_without_YAML_uses_the_runtime_and_gets_no_generated_code()
    {
        var consumer = new Consumer(feed, "plain");
        consumer.Write(
            "Program.cs",
            "System.Console.WriteLine($\"rip {(uint)VmcsGen.Vmx.VmcsField.GuestRip:x}, {VmcsGen.Kvm.KvmIoctl.KVM_RUN:x}\");"
        );

        (await consumer.Build()).MustSucceed();

        Assert.Contains("rip 681e, ae80", (await consumer.Run()).MustSucceed().Output);
    }
}
