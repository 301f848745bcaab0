using System.Collections.Generic;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Testing;

public static partial class VmxCases
{
    // VMXON, VMXOFF and what is fixed between them.
    private static IEnumerable<VmxCase> OperationCases()
    {
        const string Vmxon = "SDM 3C 31.3, VMXON";
        const string FixedBits = "SDM 3C 24.8";
        yield return Case(
            "VMXON without CR4.VMXE raises #UD",
            Vmxon,
            VmxStage.Outside,
            rig => rig.Processor.Vmxon(rig.VmxonRegion),
            VmxOutcome.Undefined
        );
        yield return new("VMXON with CR0.NE clear raises #GP", FixedBits, VmxStage.Outside, VmxonWithoutNe, VmxOutcome.Protection);
        yield return new(
            "VMXON of a region enters VMX operation",
            Vmxon,
            VmxStage.Outside,
            rig => Enable(rig, rig.VmxonRegion),
            VmxOutcome.Success
        );
        yield return new(
            "VMXON of an unaligned address fails",
            Vmxon,
            VmxStage.Outside,
            rig => Enable(rig, rig.VmxonRegion + 8),
            VmxOutcome.FailInvalid
        );
        yield return new(
            "VMXON beyond the physical-address width fails",
            Vmxon,
            VmxStage.Outside,
            rig => Enable(rig, rig.BeyondPhysicalAddresses),
            VmxOutcome.FailInvalid
        );
        yield return new(
            "VMXON with another revision identifier fails",
            Vmxon,
            VmxStage.Outside,
            rig =>
            {
                rig.WriteRevision(rig.VmxonRegion, rig.Capabilities.Basic.VmcsRevisionIdentifier ^ 1);
                return Enable(rig, rig.VmxonRegion);
            },
            VmxOutcome.FailInvalid
        );
        yield return new(
            "VMXON with bit 31 of the revision identifier fails",
            Vmxon,
            VmxStage.Outside,
            rig =>
            {
                rig.WriteRevision(rig.VmxonRegion, rig.Capabilities.Basic.VmcsRevisionIdentifier | 1u << 31);
                return Enable(rig, rig.VmxonRegion);
            },
            VmxOutcome.FailInvalid
        );
        yield return Case(
            "VMXON in VMX root operation without a current VMCS fails invalid",
            Vmxon,
            VmxStage.Root,
            rig => rig.Processor.Vmxon(rig.VmxonRegion),
            VmxOutcome.FailInvalid
        );
        yield return Case(
            "VMXON in VMX root operation fails with error 15",
            Vmxon,
            VmxStage.Current,
            rig => rig.Processor.Vmxon(rig.VmxonRegion),
            VmxOutcome.Fail(VmInstructionError.VmxonInVmxRoot)
        );
        yield return new(
            "CR4.VMXE cannot be cleared in VMX operation",
            FixedBits,
            VmxStage.Root,
            rig => WriteControlRegister(rig, ControlRegister.Cr4, clear: VmxRig.Cr4Vmxe),
            VmxOutcome.Protection
        );
        yield return new(
            "CR0.NE cannot be cleared in VMX operation",
            FixedBits,
            VmxStage.Root,
            rig => WriteControlRegister(rig, ControlRegister.Cr0, clear: VmxRig.Cr0Ne),
            VmxOutcome.Protection
        );
        yield return Case(
            "VMXOFF leaves VMX operation",
            "SDM 3C 31.3, VMXOFF",
            VmxStage.Root,
            rig => rig.Processor.Vmxoff(),
            VmxOutcome.Success
        );
        yield return Case(
            "VMCALL in VMX root operation without a current VMCS fails invalid",
            "SDM 3C 31.3, VMCALL",
            VmxStage.Root,
            rig => rig.Processor.Vmcall(),
            VmxOutcome.FailInvalid
        );
        yield return Case(
            "VMCALL in VMX root operation fails with error 1",
            "SDM 3C 31.3, VMCALL",
            VmxStage.Current,
            rig => rig.Processor.Vmcall(),
            VmxOutcome.Fail(VmInstructionError.VmcallInVmxRoot)
        );
    }

    // Everything but VMXON raises #UD outside of VMX operation (SDM 3C 24.7), with CR4.VMXE or without.
    private static IEnumerable<VmxCase> OutsideCases()
    {
        const string Section = "SDM 3C 31.3, Operation";
        GeneralRegisters registers = default;
        (string Name, System.Func<VmxRig, VmxResult> Act)[] instructions =
        [
            ("VMXOFF", rig => rig.Processor.Vmxoff()),
            ("VMCLEAR", rig => rig.Processor.Vmclear(rig.VmcsRegion)),
            ("VMPTRLD", rig => rig.Processor.Vmptrld(rig.VmcsRegion)),
            ("VMPTRST", rig => rig.Processor.Vmptrst(out _)),
            ("VMREAD", rig => rig.Processor.Vmread(VmcsField.GuestRip, out _)),
            ("VMWRITE", rig => rig.Processor.Vmwrite(VmcsField.GuestRip, 0)),
            ("VMLAUNCH", rig => rig.Processor.Vmlaunch(ref registers)),
            ("VMRESUME", rig => rig.Processor.Vmresume(ref registers)),
            ("INVEPT", rig => rig.Processor.Invept(InveptType.AllContexts, default)),
            ("INVVPID", rig => rig.Processor.Invvpid(InvvpidType.AllContexts, default)),
            ("VMCALL", rig => rig.Processor.Vmcall()),
        ];
        foreach (var (name, act) in instructions)
            yield return Case($"{name} outside of VMX operation raises #UD", Section, VmxStage.Outside, act, VmxOutcome.Undefined);
    }

    private static VmxOutcome Enable(VmxRig rig, ulong region)
    {
        WriteControlRegister(rig, ControlRegister.Cr4, set: VmxRig.Cr4Vmxe);
        return VmxOutcome.Of(() => rig.Processor.Vmxon(region));
    }

    private static VmxOutcome VmxonWithoutNe(VmxRig rig)
    {
        WriteControlRegister(rig, ControlRegister.Cr0, clear: VmxRig.Cr0Ne);
        var outcome = Enable(rig, rig.VmxonRegion);
        WriteControlRegister(rig, ControlRegister.Cr0, set: VmxRig.Cr0Ne);
        return outcome;
    }

    private static VmxOutcome WriteControlRegister(VmxRig rig, ControlRegister register, ulong set = 0, ulong clear = 0) =>
        VmxOutcome.Of(() =>
        {
            rig.Processor.WriteControlRegister(register, (rig.Processor.ReadControlRegister(register) | set) & ~clear);
            return VmxResult.Success;
        });
}
