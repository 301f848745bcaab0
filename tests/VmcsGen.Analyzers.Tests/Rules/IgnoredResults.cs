using System.Threading.Tasks;
using VmcsGen.Analyzers.Rules;
using VmcsGen.Analyzers.Tests.Testing;
using VmcsGen.CodeFixes;
using Xunit;

namespace VmcsGen.Analyzers.Tests.Rules;

public sealed class IgnoredResults
{
    private const string Parameters = "IVmxProcessor cpu, Vmcs<CurrentVmcs> vmcs, VmcsField field, ref GeneralRegisters registers";

    private const string Ignored = """
        {|VMCS1009:cpu.Vmxon(0x1000)|};
        // Where the guest starts.
        {|VMCS1009:cpu.Vmwrite(VmcsField.GuestRip, 0)|};
        {|VMCS1009:vmcs.Access.TryRead(field, out var value)|};
        {|VMCS1009:cpu.Vmlaunch(ref registers)|};
        """;

    [Fact]
    public Task An_ignored_result_can_be_thrown() =>
        Check.Fix<IgnoredResultAnalyzer, IgnoredResultFix>(
            Parameters,
            Ignored,
            """
            cpu.Vmxon(0x1000).ThrowIfFailed("VMXON");
            // Where the guest starts.
            cpu.Vmwrite(VmcsField.GuestRip, 0).ThrowIfFailed("VMWRITE of GuestRip");
            vmcs.Access.TryRead(field, out var value).ThrowIfFailed("VMREAD");
            cpu.Vmlaunch(ref registers).ThrowIfFailed("VMLAUNCH");
            """,
            IgnoredResultFix.ThrowKind
        );

    [Fact]
    public Task Or_discarded_openly() =>
        Check.Fix<IgnoredResultAnalyzer, IgnoredResultFix>(
            Parameters,
            Ignored,
            """
            _ = cpu.Vmxon(0x1000);
            // Where the guest starts.
            _ = cpu.Vmwrite(VmcsField.GuestRip, 0);
            _ = vmcs.Access.TryRead(field, out var value);
            _ = cpu.Vmlaunch(ref registers);
            """,
            IgnoredResultFix.DiscardKind
        );

    [Fact]
    public Task Results_of_own_methods_of_tasks_and_behind_null_checks_count_too() =>
        Check.Source<IgnoredResultAnalyzer>(
            """
            class Code
            {
                VmxResult Launch() => default;

                Task<VmxResult> LaunchLater() => Task.FromResult(Launch());

                async Task Method(IVmxProcessor? cpu)
                {
                    {|VMCS1009:Launch()|};
                    {|VMCS1009:await LaunchLater()|};
                }
            }
            """
        );

    [Fact]
    public Task A_result_that_is_used_is_left_alone() =>
        Check.Statements<IgnoredResultAnalyzer>(
            "IVmxProcessor cpu",
            """
            cpu.Vmxon(0).ThrowIfFailed("VMXON");
            _ = cpu.Vmxoff();
            var result = cpu.Vmclear(0);
            result = cpu.Vmptrld(0);
            if (!cpu.Vmptrld(0).IsSuccess)
                return;
            Action inside = () => cpu.Vmxoff();
            cpu.Cpuid(0);
            """
        );
}
