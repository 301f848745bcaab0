using System.Threading.Tasks;
using VmcsGen.Analyzers.Rules;
using VmcsGen.Analyzers.Tests.Testing;
using VmcsGen.Vmx.RingZero;
using Xunit;

namespace VmcsGen.Analyzers.Tests.Rules;

public sealed class ReadOnlyFields
{
    [Fact]
    public Task Writing_exit_information_through_an_access_of_a_processor_is_reported() =>
        Check.Statements<ReadOnlyFieldAnalyzer>(
            "Vmcs<CurrentVmcs> vmcs, IVmxProcessor cpu, IVmcsAccess any",
            """
            vmcs.Access.Write({|VMCS1001:VmcsField.ExitReason|}, 0);
            _ = vmcs.Access.TryWrite({|VMCS1001:VmcsField.GuestPhysicalAddress|}, 1);
            _ = cpu.Vmwrite({|VMCS1001:VmcsField.ExitQualification|}, 1);
            any.Write(value: 1, field: {|VMCS1001:VmcsField.VmInstructionError|});
            """
        );

    [Fact]
    public Task Writing_in_a_batch_or_under_a_generic_access_is_reported() =>
        Check.Source<ReadOnlyFieldAnalyzer>(
            """
            class Code<TAccess> where TAccess : struct, IVmcsAccess
            {
                void Method(TAccess access, RingZeroBatch batch)
                {
                    access.Write({|VMCS1001:VmcsField.ExitReason|}, 0);
                    batch.Vmwrite({|VMCS1001:VmcsField.ExitReason|}, 0);
                    access.Write({|VMCS1001:(VmcsField)0x4402|}, 0);
                }
            }
            """
        );

    [Fact]
    public Task Reading_it_writing_other_fields_and_filling_an_image_are_not() =>
        Check.Statements<ReadOnlyFieldAnalyzer>(
            "Vmcs<CurrentVmcs> vmcs, VmcsField field, VmcsMemory<EnlightenedVmcs> memory",
            """
            _ = vmcs.Access.Read(VmcsField.ExitReason);
            vmcs.Access.Write(VmcsField.GuestRip, 1);
            vmcs.Access.Write(field, 1);
            Vmcs12Image.Create().Write(VmcsField.ExitReason, 0);
            Vmcs12Image.Create().Vmcs.Access.Write(VmcsField.ExitReason, 0);
            memory.Write(VmcsField.ExitReason, 0);
            var page = new Vmcs12();
            _ = page.TryWrite(VmcsField.ExitReason, 0);
            """
        );
}
