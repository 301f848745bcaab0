using System.Threading.Tasks;
using VmcsGen.Analyzers.Rules;
using VmcsGen.Analyzers.Tests.Testing;
using Xunit;

namespace VmcsGen.Analyzers.Tests.Rules;

public sealed class FieldExistence
{
    [Fact]
    public Task A_field_whose_control_the_type_never_mentions_is_reported() =>
        Check.Source<FieldExistenceAnalyzer>(
            """
            class Code<TAccess> where TAccess : struct, IVmcsAccess
            {
                void Method(Vmcs<TAccess> vmcs, Vmcs<CurrentVmcs> current)
                {
                    {|VMCS1005:vmcs.VirtualProcessorIdentifier|} = 1;
                    current.Access.Write({|VMCS1005:VmcsField.EptPointer|}, 0);
                    vmcs.GuestRip = 0;
                }
            }
            """
        );

    [Fact]
    public Task One_of_several_controls_is_enough() =>
        Check.Source<FieldExistenceAnalyzer>(
            """
            class Code
            {
                void Method(Vmcs<CurrentVmcs> vmcs) => vmcs.VirtualProcessorIdentifier = 1;

                SecondaryProcessorBasedControls Controls => default(SecondaryProcessorBasedControls) with { EnableVpid = true };
            }

            class Other
            {
                ulong Method(Vmcs<CurrentVmcs> vmcs) => {|VMCS1005:vmcs.EptPointer|}.Value;
            }
            """
        );

    [Fact]
    public Task Asking_the_capabilities_and_looking_at_the_result_count_as_considered() =>
        Check.Source<FieldExistenceAnalyzer>(
            """
            class Asks
            {
                void Method(Vmcs<CurrentVmcs> vmcs, VmxCapabilities capabilities)
                {
                    if (capabilities.Supports(VmcsField.VirtualProcessorIdentifier))
                        vmcs.VirtualProcessorIdentifier = 1;
                }
            }

            class Tries
            {
                bool Method(Vmcs<CurrentVmcs> vmcs) => vmcs.Access.TryWrite(VmcsField.VirtualProcessorIdentifier, 1).IsSuccess;
            }
            """
        );

    [Fact]
    public Task Images_in_memory_have_their_fields() =>
        Check.Statements<FieldExistenceAnalyzer>(
            "Vmcs<Vmcs12Image> vmcs, Vmcs<VmcsMemory<Vmcs12>> memory",
            """
            vmcs.VirtualProcessorIdentifier = 1;
            memory.Access.Write(VmcsField.VirtualProcessorIdentifier, 1);
            _ = nameof(Vmcs<CurrentVmcs>.VirtualProcessorIdentifier);
            """
        );
}
