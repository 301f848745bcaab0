using System.Threading.Tasks;
using VmcsGen.Analyzers.Rules;
using VmcsGen.Analyzers.Tests.Testing;
using Xunit;

namespace VmcsGen.Analyzers.Tests.Rules;

public sealed class SpanLifetimes
{
    [Fact]
    public Task A_span_and_its_slices_are_over_when_the_memory_was_disposed_of() =>
        Check.Statements<SpanLifetimeAnalyzer>(
            "",
            """
            var memory = GuestMemory.Allocate(4096);
            Span<byte> all = memory.Span;
            var part = memory.GetSpan(0, 8).Slice(4);
            all[0] = 1;
            memory.Dispose();
            {|VMCS1011:all|}[0] = 1;
            Console.WriteLine({|VMCS1011:part|}.Length);
            all = default;
            all.Clear();
            """
        );

    [Fact]
    public Task The_end_of_a_using_is_a_Dispose() =>
        Check.Statements<SpanLifetimeAnalyzer>(
            "",
            """
            Span<byte> span;
            using (var memory = GuestMemory.Allocate(4096))
            {
                span = memory.Span;
                span[0] = 1;
            }
            {|VMCS1011:span|}[0] = 1;
            """
        );

    [Fact]
    public Task References_to_the_run_page_and_to_registers_in_it_count() =>
        Check.Statements<SpanLifetimeAnalyzer>(
            "KvmVcpu vcpu",
            """
            ref var page = ref vcpu.RunPage;
            ref var regs = ref vcpu.SyncRegs.ChangeRegs();
            page.RequestInterruptWindow = 1;
            regs.Rax = 1;
            vcpu.Dispose();
            {|VMCS1011:page|}.RequestInterruptWindow = 1;
            {|VMCS1011:regs|}.Rax = 1;
            """
        );

    [Fact]
    public Task Memory_that_a_VM_may_keep_and_uses_before_the_end_are_left_alone() =>
        Check.Statements<SpanLifetimeAnalyzer>(
            "KvmVm vm, bool isOver",
            """
            var memory = GuestMemory.Allocate(4096);
            vm.MapMemory(0, memory);
            Span<byte> span = memory.Span;
            memory.Dispose();
            span[0] = 1;

            using var other = GuestMemory.Allocate(4096);
            var used = other.Span;
            used[0] = 1;

            var third = GuestMemory.Allocate(4096);
            var copy = third.Span.ToArray();
            var length = third.Span.Length;
            third.Dispose();
            Console.WriteLine(copy[0] + length);
            """
        );

    [Fact]
    public Task A_span_is_not_returned_from_below_the_using_of_its_memory() =>
        Check.Source<SpanLifetimeAnalyzer>(
            """
            class Code
            {
                Span<byte> Bad()
                {
                    using var memory = GuestMemory.Allocate(4096);
                    return {|VMCS1011:memory.Span.Slice(1)|};
                }

                Span<byte> AlsoBad()
                {
                    using (var memory = GuestMemory.Allocate(4096))
                        return {|VMCS1011:memory.GetSpan(0, 4)|};
                }

                int Length()
                {
                    using var memory = GuestMemory.Allocate(4096);
                    return memory.Span.Length;
                }

                Span<byte> Good(GuestMemory memory) => memory.Span;
            }
            """
        );
}
