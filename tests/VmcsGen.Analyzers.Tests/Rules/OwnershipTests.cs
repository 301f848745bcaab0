using System;
using System.Linq;
using System.Reflection;
using System.Threading.Tasks;
using VmcsGen.Analyzers.Rules;
using VmcsGen.Analyzers.Tests.Testing;
using VmcsGen.CodeFixes;
using VmcsGen.Kvm;
using VmcsGen.Vmm;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Bochs;
using VmcsGen.Vmx.Kvm;
using VmcsGen.Vmx.RingZero;
using Xunit;

namespace VmcsGen.Analyzers.Tests.Rules;

public sealed class OwnershipTests
{
    [Fact]
    public Task What_a_method_makes_and_keeps_to_itself_gets_a_using() =>
        Check.Fix<OwnershipAnalyzer, OwnershipFix>(
            "",
            """
            var {|VMCS1010:host|} = KvmHost.Open();
            KvmVm {|VMCS1010:vm|} = host.CreateVm();
            // The VM keeps the memory, but does not give it up.
            var {|VMCS1010:memory|} = GuestMemory.Allocate(0x1000);
            vm.MapMemory(0, memory);
            var {|VMCS1010:vcpu|} = vm.CreateVcpu(0);
            vcpu.Run();
            """,
            """
            using var host = KvmHost.Open();
            using KvmVm vm = host.CreateVm();
            // The VM keeps the memory, but does not give it up.
            using var memory = GuestMemory.Allocate(0x1000);
            vm.MapMemory(0, memory);
            using var vcpu = vm.CreateVcpu(0);
            vcpu.Run();
            """
        );

    [Fact]
    public Task What_is_made_and_dropped_is_reported() =>
        Check.Statements<OwnershipAnalyzer>(
            "KvmVm vm",
            """
            {|VMCS1010:vm.CreateVcpu(0)|};
            {|VMCS1010:GuestMemory.Allocate(0x1000)|};
            """
        );

    [Theory]
    [InlineData("KvmHost.Open()")]
    [InlineData("host.CreateVm()")]
    [InlineData("vm.CreateVcpu(0)")]
    [InlineData("vm.CreateDevice(KvmDeviceType.Vfio)")]
    [InlineData("vm.CreateVfio()")]
    [InlineData("vm.OpenStatistics()")]
    [InlineData("vcpu.MapDirtyRing()")]
    [InlineData("GuestMemory.Allocate(0x1000)")]
    [InlineData("Eventfd.Create()")]
    [InlineData("vm.BindIrqfd(4)")]
    [InlineData("vm.BindPortIoeventfd(0x500)")]
    [InlineData("new GuestDebugger(vcpu)")]
    [InlineData("new KvmGuestExecutor(host)")]
    [InlineData("KvmRingZeroMachine.Start(host)")]
    [InlineData("BochsMachine.Start()")]
    [InlineData("builder.Build()")]
    public async Task Every_owner_is_reported(string make)
    {
        await Check.Statements<OwnershipAnalyzer>(Parameters, $"{{|VMCS1010:{make}|}};");
        await Check.Statements<OwnershipAnalyzer>(Parameters, $"using var owner = {make};");
    }

    private const string Parameters = "KvmHost host, KvmVm vm, KvmVcpu vcpu, VmcsGen.Vmx.Creation.VmxVcpuBuilder builder";

    [Fact]
    public void Every_public_class_that_can_be_disposed_of_is_marked_or_stays_on_purpose()
    {
        Assembly[] runtime =
        [
            typeof(KvmVm).Assembly,
            typeof(PcMachine).Assembly,
            typeof(VmcsField).Assembly,
            typeof(RingZeroCpu).Assembly,
            typeof(KvmGuestExecutor).Assembly,
            typeof(BochsMachine).Assembly,
        ];
        var unmarked = runtime
            .SelectMany(static assembly => assembly.GetExportedTypes())
            .Where(static type => type is { IsClass: true } && type.IsAssignableTo(typeof(IDisposable)))
            .Where(static type =>
                !type.GetCustomAttributes(inherit: true).Any(static mark => mark.GetType().FullName == "VmcsGen.MustDisposeAttribute")
            )
            .Select(static type => type.Name);
        // Slots, zones and ranges are part of what they are in, and go with it. A state's memory is a file, which goes with the last who
        // knows the state.
        Assert.Equal(["BusRange", "CoalescedZone", "MemorySlot", "VmState"], unmarked.Order());
    }

    [Fact]
    public Task What_is_disposed_of_handed_on_or_another_s_is_left_alone() =>
        Check.Source<OwnershipAnalyzer>(
            """
            class Code
            {
                private KvmVm _vm = null!;

                KvmVm Make(KvmHost host)
                {
                    var vm = host.CreateVm();
                    return vm;
                }

                void Method(KvmHost host, System.Collections.Generic.List<object> all)
                {
                    using var a = host.CreateVm();
                    var b = host.CreateVm();
                    b.Dispose();
                    var c = host.CreateVm();
                    using (c)
                        c.CreateVcpu(0).Dispose();
                    var d = host.CreateVm();
                    all.Add(d);
                    var e = host.CreateVm();
                    _vm = e;
                    var f = host.CreateVm().CreateVcpu(0);
                    using var g = new GuestDebugger(f);
                    var h = Make(host);
                    var i = host.CreateVm();
                    Action close = () => i.Dispose();
                    var j = host.CreateVm();
                    IDisposable k = j;
                    _ = host.CreateVm();
                    using (var l = host.CreateVm())
                        _ = l.MapMemory(0, GuestMemory.Allocate(0x1000));
                    var m = _vm;
                    var slot = a.MapMemory(0, Held());
                    a.MapMemory(0x1000, Held());
                    var n = all.Count > 0 ? host.CreateVm() : null;
                    Action drop = () => host.CreateVm();
                }

                GuestMemory Held() => throw new NotSupportedException();
            }
            """
        );
}
