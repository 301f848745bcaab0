using System;
using System.Collections.Generic;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Testing;

public static partial class VmxCases
{
    // INVEPT and INVVPID. A processor that lacks one raises #UD.
    private static IEnumerable<VmxCase> InvalidationCases()
    {
        var wrong = VmxOutcome.Fail(VmInstructionError.InvalidOperandToInveptInvvpid);

        yield return Ept(
            "INVEPT of all contexts succeeds",
            VmxStage.Current,
            rig => rig.Processor.Invept(InveptType.AllContexts, default),
            VmxOutcome.Success
        );
        yield return Ept(
            "INVEPT of a context succeeds",
            VmxStage.Current,
            rig => rig.Processor.Invept(InveptType.SingleContext, new InveptDescriptor(Eptp(rig))),
            VmxOutcome.Success
        );
        yield return Ept("INVEPT of type 0 fails with error 28", VmxStage.Current, rig => rig.Processor.Invept(0, default), wrong);
        yield return Ept(
            "INVEPT of type 3 fails with error 28",
            VmxStage.Current,
            rig => rig.Processor.Invept((InveptType)3, default),
            wrong
        );
        yield return Ept(
            "INVEPT of type 3 without a current VMCS fails invalid",
            VmxStage.Root,
            rig => rig.Processor.Invept((InveptType)3, default),
            VmxOutcome.FailInvalid
        );
        yield return Ept(
            "INVEPT of a context with a page-walk length of 1 fails with error 28",
            VmxStage.Current,
            rig => rig.Processor.Invept(InveptType.SingleContext, new InveptDescriptor(Eptp(rig) with { PageWalkLengthMinus1 = 0 })),
            wrong
        );

        yield return Vpid(
            "INVVPID of all contexts succeeds",
            VmxStage.Current,
            rig => rig.Processor.Invvpid(InvvpidType.AllContexts, default),
            VmxOutcome.Success
        );
        yield return Vpid(
            "INVVPID of a context succeeds",
            VmxStage.Current,
            rig => rig.Processor.Invvpid(InvvpidType.SingleContext, new InvvpidDescriptor(1)),
            VmxOutcome.Success
        );
        yield return Vpid(
            "INVVPID of an address succeeds",
            VmxStage.Current,
            rig => rig.Processor.Invvpid(InvvpidType.IndividualAddress, new InvvpidDescriptor(1, rig.Code)),
            VmxOutcome.Success
        );
        yield return Vpid(
            "INVVPID of a context retaining globals succeeds",
            VmxStage.Current,
            rig => rig.Processor.Invvpid(InvvpidType.SingleContextRetainingGlobals, new InvvpidDescriptor(1)),
            VmxOutcome.Success
        );
        yield return Vpid(
            "INVVPID of type 4 fails with error 28",
            VmxStage.Current,
            rig => rig.Processor.Invvpid((InvvpidType)4, new InvvpidDescriptor(1)),
            wrong
        );
        yield return Vpid(
            "INVVPID of VPID 0 fails with error 28",
            VmxStage.Current,
            rig => rig.Processor.Invvpid(InvvpidType.SingleContext, default),
            wrong
        );
        yield return Vpid(
            "INVVPID of an address that is not canonical fails with error 28",
            VmxStage.Current,
            rig => rig.Processor.Invvpid(InvvpidType.IndividualAddress, new InvvpidDescriptor(1, 1UL << 63)),
            wrong
        );
        yield return Vpid(
            "INVVPID with reserved bits fails with error 28",
            VmxStage.Current,
            rig => rig.Processor.Invvpid(InvvpidType.SingleContext, new InvvpidDescriptor(1) { ReservedLow = 1 }),
            wrong
        );
        yield return Vpid(
            "INVVPID of a VPID beyond 32 bits fails with error 28",
            VmxStage.Current,
            rig => rig.Processor.Invvpid(InvvpidType.SingleContext, new InvvpidDescriptor(1) { ReservedHigh = 1 }),
            wrong
        );
    }

    private static VmxCase Ept(string name, VmxStage stage, Func<VmxRig, VmxResult> act, VmxOutcome expected) =>
        new(
            name,
            "SDM 3C 31.3, INVEPT",
            stage,
            rig => VmxOutcome.Of(() => act(rig)),
            capabilities => capabilities.EptVpid.Invept ? expected : VmxOutcome.Undefined
        );

    private static VmxCase Vpid(string name, VmxStage stage, Func<VmxRig, VmxResult> act, VmxOutcome expected) =>
        new(
            name,
            "SDM 3C 31.3, INVVPID",
            stage,
            rig => VmxOutcome.Of(() => act(rig)),
            capabilities => capabilities.EptVpid.Invvpid ? expected : VmxOutcome.Undefined
        );

    private static EptPointer Eptp(VmxRig rig) =>
        rig.Capabilities.EptVpid.Invept ? EptPointer.ForGuest(rig.Scratch, rig.Capabilities, guestPhysicalAddressWidth: 36) : default;
}
