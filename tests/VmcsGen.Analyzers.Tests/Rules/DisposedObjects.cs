using System.Threading.Tasks;
using VmcsGen.Analyzers.Rules;
using VmcsGen.Analyzers.Tests.Testing;
using Xunit;

namespace VmcsGen.Analyzers.Tests.Rules;

public sealed class DisposedObjects
{
    [Fact]
    public Task A_method_of_an_object_that_was_disposed_of_is_reported() =>
        Check.Statements<DisposedUseAnalyzer>(
            "KvmHost host, KvmVm vm, GuestMemory memory, bool choice",
            """
            vm.Dispose();
            {|VMCS1008:vm.CreateVcpu(0)|};
            memory.Dispose();
            host.CreateVm().MapMemory(0, {|VMCS1008:memory|});
            if (choice)
                host.Dispose();
            else
                host.Dispose();
            {|VMCS1008:host.CreateVm()|};
            """
        );

    [Fact]
    public Task So_is_one_after_using() =>
        Check.Statements<DisposedUseAnalyzer>(
            "KvmVm vm, KvmHost host",
            """
            using (vm)
                vm.CreateVcpu(0);
            {|VMCS1008:vm.CreateVcpu(1)|};
            var own = host.CreateVm();
            using (var vcpu = own.CreateVcpu(0))
            {
                vcpu.Run();
            }
            own.CreateVcpu(1);
            """
        );

    [Fact]
    public Task Dispose_again_Kick_properties_new_objects_and_ways_without_Dispose_are_left_alone() =>
        Check.Statements<DisposedUseAnalyzer>(
            "KvmHost host, KvmVm vm, KvmVcpu vcpu, GuestMemory memory, bool choice",
            """
            vcpu.Dispose();
            vcpu.Dispose();
            vcpu.Kick();
            _ = vcpu.Id;
            _ = vcpu.ToString();
            if (choice)
                memory.Dispose();
            memory.Write(0, 1);
            vm.Dispose();
            vm = host.CreateVm();
            vm.CreateVcpu(0);
            try
            {
                vm.CreateVcpu(1);
            }
            catch (KvmException)
            {
                vm.Dispose();
                throw;
            }
            vm.CreateVcpu(2);
            Action later = () => vcpu.Run();
            """
        );
}
