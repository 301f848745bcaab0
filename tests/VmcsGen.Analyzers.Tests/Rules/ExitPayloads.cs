using System.Threading.Tasks;
using VmcsGen.Analyzers.Rules;
using VmcsGen.Analyzers.Tests.Testing;
using Xunit;

namespace VmcsGen.Analyzers.Tests.Rules;

public sealed class ExitPayloads
{
    [Fact]
    public Task The_payload_of_another_reason_is_reported_in_every_kind_of_condition() =>
        Check.Statements<ExitPayloadAnalyzer>(
            "KvmVcpu vcpu",
            """
            var exit = vcpu.Run();
            if (exit.Reason == KvmExitReason.Io)
                _ = {|VMCS1006:exit.Mmio|}.Address;
            if (exit.Reason is KvmExitReason.Mmio or KvmExitReason.Hlt)
                _ = {|VMCS1006:exit.Io|}.Port;
            switch (exit.Reason)
            {
                case KvmExitReason.Io:
                    _ = {|VMCS1006:exit.Mmio|}.Value;
                    break;
                case KvmExitReason.Mmio when exit.Mmio.IsWrite:
                    {|VMCS1006:exit.Io|}.Answer(1);
                    break;
            }
            var port = exit.Reason switch
            {
                KvmExitReason.Mmio => {|VMCS1006:exit.Io|}.Port,
                KvmExitReason.Io => exit.Io.Port,
                _ => 0,
            };
            var both = exit.Reason == KvmExitReason.Io && {|VMCS1006:exit.Mmio|}.IsWrite;
            var one = KvmExitReason.Hlt == exit.Reason ? {|VMCS1006:exit.Mmio|}.Length : 0;
            """
        );

    [Fact]
    public Task An_early_return_limits_what_follows() =>
        Check.Statements<ExitPayloadAnalyzer>(
            "KvmVcpu vcpu",
            """
            var exit = vcpu.Run();
            if (exit.Reason != KvmExitReason.Io)
                return;
            _ = {|VMCS1006:exit.Mmio|}.Address;
            exit.Io.Answer(1);
            exit = vcpu.Run();
            _ = exit.Mmio.Address;
            """
        );

    [Fact]
    public Task Loops_lambdas_and_local_functions_are_followed() =>
        Check.Statements<ExitPayloadAnalyzer>(
            "KvmVcpu vcpu",
            """
            for (var exit = vcpu.Run(); exit.Reason == KvmExitReason.Io; exit = vcpu.Run())
                _ = {|VMCS1006:exit.Mmio|}.Address;
            Action lambda = () =>
            {
                var inner = vcpu.Run();
                while (inner.Reason == KvmExitReason.Mmio)
                {
                    inner.Mmio.Answer(1);
                    _ = {|VMCS1006:inner.Io|}.Port;
                    inner = vcpu.Run();
                }
            };
            void Local(KvmExit exit)
            {
                if (exit.Reason == KvmExitReason.Debug)
                    _ = {|VMCS1006:exit.FailEntry|};
            }
            """
        );

    [Fact]
    public Task Payloads_of_a_VM_exit_belong_to_its_basic_reason() =>
        Check.Statements<ExitPayloadAnalyzer>(
            "VmExit exit",
            """
            switch (exit.BasicReason)
            {
                case BasicExitReason.CrAccess:
                    _ = exit.CrAccess;
                    _ = {|VMCS1006:exit.EptViolation|};
                    break;
                case BasicExitReason.Vmread:
                    _ = exit.VmreadVmwriteInstructionInformation;
                    _ = exit.MemoryOperand;
                    break;
            }
            if (exit.Reason.BasicReason == BasicExitReason.IoSmi)
            {
                _ = exit.IoInstruction;
                _ = {|VMCS1006:exit.InsOutsInstructionInformation|};
            }
            """
        );

    [Fact]
    public Task Where_the_reason_may_fit_nothing_is_reported() =>
        Check.Statements<ExitPayloadAnalyzer>(
            "KvmVcpu vcpu, bool other",
            """
            var exit = vcpu.Run();
            _ = exit.Mmio;
            if (exit.Reason is KvmExitReason.X86Rdmsr or KvmExitReason.X86Wrmsr)
                _ = exit.Msr;
            if (exit.Reason == KvmExitReason.Io || other)
                _ = exit.Mmio;
            if (exit.Reason != KvmExitReason.Io)
                _ = exit.Mmio;
            else
                _ = exit.Io;
            switch (exit.Reason)
            {
                case KvmExitReason.Io:
                case KvmExitReason.Mmio:
                    _ = exit.Io;
                    break;
                default:
                    _ = exit.Hypercall;
                    break;
            }
            if (exit.Reason == KvmExitReason.Io)
            {
                exit.Io.Answer(1);
                exit = vcpu.Run();
                _ = exit.Mmio;
            }
            if (exit.Reason == KvmExitReason.Io)
            {
                _ = vcpu.TryCompleteExit(out exit);
                _ = exit.Mmio;
            }
            try
            {
                if (exit.Reason != KvmExitReason.Io)
                    throw new NotSupportedException();
                _ = exit.Io;
            }
            catch (NotSupportedException)
            {
                _ = exit.Mmio;
            }
            """
        );

    [Fact]
    public Task One_exits_reason_says_nothing_about_another() =>
        Check.Statements<ExitPayloadAnalyzer>(
            "KvmExit first, KvmExit second",
            """
            if (first.Reason == KvmExitReason.Io)
                _ = second.Mmio;
            """
        );
}
