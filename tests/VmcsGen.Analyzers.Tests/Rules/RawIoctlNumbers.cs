using System.Threading.Tasks;
using VmcsGen.Analyzers.Rules;
using VmcsGen.Analyzers.Tests.Testing;
using VmcsGen.CodeFixes;
using VmcsGen.Kvm.Interop;
using Xunit;

namespace VmcsGen.Analyzers.Tests.Rules;

public sealed class RawIoctlNumbers
{
    [Fact]
    public Task A_number_that_has_a_name_becomes_the_name() =>
        Check.Fix<RawIoctlAnalyzer, RawIoctlFix>(
            "KvmVcpu vcpu, IKvmDescriptor any, KvmRegs regs",
            """
            vcpu.UnsafeIoctl({|VMCS1003:0xAE80|}, 0);
            any.UnsafeIoctl({|VMCS1003:0x8090AE81u|}, in regs);
            any.UnsafeIoctl(value: 0, request: {|VMCS1003:(uint)0xAE00|});
            """,
            """
            vcpu.UnsafeIoctl(KvmIoctl.KVM_RUN, 0);
            any.UnsafeIoctl(KvmIoctl.KVM_GET_REGS, in regs);
            any.UnsafeIoctl(value: 0, request: KvmIoctl.KVM_GET_API_VERSION);
            """
        );

    [Fact]
    public Task Names_own_constants_and_unknown_numbers_are_left_alone() =>
        Check.Statements<RawIoctlAnalyzer>(
            "KvmVm vm, uint number",
            """
            const uint Own = 0xAE80;
            vm.UnsafeIoctl(KvmIoctl.KVM_RUN, 0);
            vm.UnsafeIoctl(Own, 0);
            vm.UnsafeIoctl(0xAEFF, 0);
            vm.UnsafeIoctl(number, 0xAE80);
            """
        );
}
