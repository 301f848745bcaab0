using System.Collections.Generic;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Testing;

public static partial class VmxCases
{
    // VMCLEAR, VMPTRLD and VMPTRST.
    private static IEnumerable<VmxCase> PointerCases()
    {
        const string Vmclear = "SDM 3C 31.3, VMCLEAR";
        const string Vmptrld = "SDM 3C 31.3, VMPTRLD";
        const string Vmptrst = "SDM 3C 31.3, VMPTRST";
        var badClear = VmxOutcome.Fail(VmInstructionError.VmclearInvalidPhysicalAddress);
        var badLoad = VmxOutcome.Fail(VmInstructionError.VmptrldInvalidPhysicalAddress);
        var badRevision = VmxOutcome.Fail(VmInstructionError.VmptrldIncorrectRevisionIdentifier);

        yield return Case(
            "VMCLEAR of a region succeeds",
            Vmclear,
            VmxStage.Root,
            rig => rig.Processor.Vmclear(rig.VmcsRegion),
            VmxOutcome.Success
        );
        yield return Case(
            "VMCLEAR of an unaligned address without a current VMCS fails invalid",
            Vmclear,
            VmxStage.Root,
            rig => rig.Processor.Vmclear(rig.VmcsRegion + 8),
            VmxOutcome.FailInvalid
        );
        yield return Case(
            "VMCLEAR of an unaligned address fails with error 2",
            Vmclear,
            VmxStage.Current,
            rig => rig.Processor.Vmclear(rig.VmcsRegion + 8),
            badClear
        );
        yield return Case(
            "VMCLEAR beyond the physical-address width fails with error 2",
            Vmclear,
            VmxStage.Current,
            rig => rig.Processor.Vmclear(rig.BeyondPhysicalAddresses),
            badClear
        );
        yield return Case(
            "VMCLEAR of the VMXON region fails with error 3",
            Vmclear,
            VmxStage.Current,
            rig => rig.Processor.Vmclear(rig.VmxonRegion),
            VmxOutcome.Fail(VmInstructionError.VmclearVmxonPointer)
        );

        yield return Case(
            "VMPTRLD of a cleared region succeeds",
            Vmptrld,
            VmxStage.Current,
            rig =>
            {
                rig.Processor.Vmclear(rig.OtherVmcsRegion).ThrowIfFailed("VMCLEAR");
                return rig.Processor.Vmptrld(rig.OtherVmcsRegion);
            },
            VmxOutcome.Success
        );
        yield return Case(
            "VMPTRLD of an unaligned address without a current VMCS fails invalid",
            Vmptrld,
            VmxStage.Root,
            rig => rig.Processor.Vmptrld(rig.VmcsRegion + 8),
            VmxOutcome.FailInvalid
        );
        yield return Case(
            "VMPTRLD of an unaligned address fails with error 9",
            Vmptrld,
            VmxStage.Current,
            rig => rig.Processor.Vmptrld(rig.VmcsRegion + 8),
            badLoad
        );
        yield return Case(
            "VMPTRLD beyond the physical-address width fails with error 9",
            Vmptrld,
            VmxStage.Current,
            rig => rig.Processor.Vmptrld(rig.BeyondPhysicalAddresses),
            badLoad
        );
        yield return Case(
            "VMPTRLD of the VMXON region fails with error 10",
            Vmptrld,
            VmxStage.Current,
            rig => rig.Processor.Vmptrld(rig.VmxonRegion),
            VmxOutcome.Fail(VmInstructionError.VmptrldVmxonPointer)
        );
        yield return Case(
            "VMPTRLD with another revision identifier fails with error 11",
            Vmptrld,
            VmxStage.Current,
            rig =>
            {
                rig.WriteRevision(rig.OtherVmcsRegion, rig.Capabilities.Basic.VmcsRevisionIdentifier ^ 1);
                return rig.Processor.Vmptrld(rig.OtherVmcsRegion);
            },
            badRevision
        );
        yield return new(
            "VMPTRLD of a shadow VMCS fails with error 11 without VMCS shadowing",
            Vmptrld,
            VmxStage.Current,
            rig =>
                VmxOutcome.Of(() =>
                {
                    rig.WriteRevision(rig.OtherVmcsRegion, rig.Capabilities.Basic.VmcsRevisionIdentifier | 1u << 31);
                    return rig.Processor.Vmptrld(rig.OtherVmcsRegion);
                }),
            capabilities => capabilities.SecondaryProcessorBased.Allowed1.VmcsShadowing ? VmxOutcome.Success : badRevision
        );

        yield return Case(
            "VMPTRST without a current VMCS gives all ones",
            Vmptrst,
            VmxStage.Root,
            rig => Pointer(rig, ulong.MaxValue),
            VmxOutcome.Success
        );
        yield return Case(
            "VMPTRST gives the current VMCS",
            Vmptrst,
            VmxStage.Current,
            rig => Pointer(rig, rig.VmcsRegion),
            VmxOutcome.Success
        );
        yield return Case(
            "VMPTRLD that fails leaves the current VMCS",
            Vmptrld,
            VmxStage.Current,
            rig =>
            {
                rig.Processor.Vmptrld(rig.VmxonRegion);
                return Pointer(rig, rig.VmcsRegion);
            },
            VmxOutcome.Success
        );
        yield return Case(
            "VMCLEAR of the current VMCS leaves none",
            Vmclear,
            VmxStage.Current,
            rig =>
            {
                rig.Processor.Vmclear(rig.VmcsRegion).ThrowIfFailed("VMCLEAR");
                return Pointer(rig, ulong.MaxValue);
            },
            VmxOutcome.Success
        );
        yield return Case(
            "VMCLEAR of another VMCS leaves the current one",
            Vmclear,
            VmxStage.Current,
            rig =>
            {
                rig.Processor.Vmclear(rig.OtherVmcsRegion).ThrowIfFailed("VMCLEAR");
                return Pointer(rig, rig.VmcsRegion);
            },
            VmxOutcome.Success
        );
    }

    // VMPTRST, which must give a certain pointer.
    private static VmxResult Pointer(VmxRig rig, ulong expected)
    {
        var result = rig.Processor.Vmptrst(out var pointer);
        return pointer == expected ? result : throw new VmxCaseException($"VMPTRST gives 0x{pointer:X} instead of 0x{expected:X}.");
    }
}
