using System.Threading.Tasks;
using VmcsGen.Analyzers.Rules;
using VmcsGen.Analyzers.Tests.Testing;
using Xunit;

namespace VmcsGen.Analyzers.Tests.Rules;

public sealed class ExitLifetimes
{
    [Fact]
    public Task An_exit_its_payload_and_its_spans_are_over_after_the_next_Run() =>
        Check.Statements<ExitLifetimeAnalyzer>(
            "KvmVcpu vcpu",
            """
            var exit = vcpu.Run();
            var io = exit.Io;
            var data = io.Data.Slice(1);
            var direct = vcpu.Run().Mmio.Data;
            _ = {|VMCS1007:exit|}.Reason;
            {|VMCS1007:io|}.Answer(1);
            {|VMCS1007:data|}[0] = 1;
            direct[0] = 1;
            vcpu.Run();
            {|VMCS1007:direct|}.Clear();
            Console.WriteLine({|VMCS1007:exit|}.ToString());
            """
        );

    [Fact]
    public Task A_loop_comes_back_with_an_exit_that_is_over() =>
        Check.Statements<ExitLifetimeAnalyzer>(
            "KvmVcpu vcpu",
            """
            var exit = vcpu.Run();
            while ({|VMCS1007:exit|}.Reason == KvmExitReason.Io)
            {
                {|VMCS1007:exit|}.Io.Answer(1);
                vcpu.Run();
            }
            """
        );

    [Fact]
    public Task A_field_that_holds_the_vCPU_TryCompleteExit_and_Dispose_count_too() =>
        Check.Source<ExitLifetimeAnalyzer>(
            """
            class Code
            {
                private readonly KvmVcpu _vcpu = null!;

                void Method()
                {
                    var exit = _vcpu.Run();
                    if (!_vcpu.TryCompleteExit(out var next))
                        _ = next.Reason;
                    _ = {|VMCS1007:exit|}.Reason;
                    exit = _vcpu.Run();
                    _vcpu.Dispose();
                    Use({|VMCS1007:exit|}, {|VMCS1007:next|});
                }

                void Use(KvmExit exit, KvmExit other) { }
            }
            """
        );

    [Fact]
    public Task The_end_of_a_using_block_ends_the_exit() =>
        Check.Statements<ExitLifetimeAnalyzer>(
            "KvmVcpu vcpu",
            """
            KvmExit exit;
            try
            {
                exit = vcpu.Run();
                _ = exit.Reason;
            }
            finally
            {
                vcpu.Dispose();
            }
            _ = {|VMCS1007:exit|}.Reason;
            """
        );

    [Fact]
    public Task A_new_exit_each_time_another_vCPU_and_copies_are_left_alone() =>
        Check.Statements<ExitLifetimeAnalyzer>(
            "KvmVcpu vcpu, KvmVcpu other, System.Threading.CancellationToken token",
            """
            for (var exit = vcpu.Run(); exit.Reason != KvmExitReason.Hlt; exit = vcpu.Run(token))
                exit.Io.Answer(1);
            while (true)
            {
                var exit = vcpu.Run();
                if (exit.Reason == KvmExitReason.Hlt)
                    break;
                var answer = exit.Io.Data.ToArray();
                var port = exit.Io.Port;
                other.Run();
                _ = exit.Reason;
                vcpu.Run();
                answer[0] = (byte)port;
            }
            var last = vcpu.Run();
            vcpu = other;
            vcpu.Run();
            _ = last.Reason;
            KvmExit late;
            do
            {
                late = other.Run();
            }
            while (late.Reason == KvmExitReason.Intr);
            _ = late.Reason;
            """
        );
}
