using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmx.Software;
using VmcsGen.Vmx.Structures;
using Xunit;

namespace VmcsGen.Vmx.Tests.Software;

/// <summary>The table: conditions and outcomes of SDM 3C, chapter 31, for each instruction in the order of its description.</summary>
internal static class InstructionCases
{
    private const ulong Region = SoftwareMachine.Region;
    private const ulong Vmxon = SoftwareMachine.VmxonRegion;
    private const ulong TooWide = SoftwareMachine.TooWide;

    /// <summary>Memory ends below this address, which the processor's addresses still reach.</summary>
    private const ulong NoMemory = 1UL << 30;

    private static readonly SoftwareVmxProfile s_skylake = new() { CapabilityMsrs = RecordedProcessor.Load("corei7_skylake_x").Msrs };
    private static readonly SoftwareVmxProfile s_lynnfield = new() { CapabilityMsrs = RecordedProcessor.Load("corei5_lynnfield_750").Msrs };
    private static readonly SoftwareVmxProfile s_penryn = new() { CapabilityMsrs = RecordedProcessor.Load("core2_penryn_t9600").Msrs };

    public static TheoryData<InstructionCase> All { get; } =
    [.. Operation().Concat(Pointers()).Concat(Access()).Concat(Invalidation()).Concat(Entry())];

    private static IEnumerable<InstructionCase> Operation()
    {
        yield return Fault("VMXON: #UD if CR4.VMXE is 0", s => s.Machine.AllowVmxon(), p => p.Vmxon(Vmxon), ExceptionVector.InvalidOpcode);
        yield return Fault("VMXON: #GP if IA32_FEATURE_CONTROL is not locked", s => s.Machine.SetVmxe(), p => p.Vmxon(Vmxon));
        yield return Fault(
            "VMXON: #GP if IA32_FEATURE_CONTROL is locked without VMX outside SMX",
            s =>
            {
                s.Processor.WriteMsr(0x3A, new FeatureControl { Locked = true, VmxInsideSmx = true }.Value);
                s.Machine.SetVmxe();
            },
            p => p.Vmxon(Vmxon)
        );
        yield return Fault(
            "VMXON: #GP if a fixed bit of CR0 is not as it must be",
            s =>
            {
                Ready(s);
                s.Processor.WriteControlRegister(ControlRegister.Cr0, s.Processor.ReadControlRegister(ControlRegister.Cr0) & ~(1UL << 5));
            },
            p => p.Vmxon(Vmxon)
        );
        yield return Result(
            "VMXON: VMfailInvalid for an address that is not aligned",
            Ready,
            p => p.Vmxon(Vmxon + 8),
            VmxResult.FailInvalid
        );
        yield return Result("VMXON: VMfailInvalid for an address beyond the width", Ready, p => p.Vmxon(TooWide), VmxResult.FailInvalid);
        yield return Result(
            "VMXON: VMfailInvalid for another revision identifier",
            s =>
            {
                Ready(s);
                s.Machine.WriteRevision(Vmxon, 1);
            },
            p => p.Vmxon(Vmxon),
            VmxResult.FailInvalid
        );
        yield return Result(
            "VMXON: VMfailInvalid with bit 31 of the revision identifier",
            s =>
            {
                Ready(s);
                s.Machine.WriteRevision(Vmxon, s.Processor.Capabilities.Basic.VmcsRevisionIdentifier | 1u << 31);
            },
            p => p.Vmxon(Vmxon),
            VmxResult.FailInvalid
        );
        yield return Result("VMXON: VMfailInvalid where there is no memory", Ready, p => p.Vmxon(NoMemory), VmxResult.FailInvalid);
        yield return Result("VMXON: VMsucceed", Ready, p => p.Vmxon(Vmxon), VmxResult.Success);
        yield return Result(
            "VMXON: VMfailInvalid in VMX operation without a current VMCS",
            s => s.EnterVmxOperation(),
            p => p.Vmxon(Vmxon),
            VmxResult.FailInvalid
        );
        yield return Fail("VMXON: error 15 in VMX operation", p => p.Vmxon(Vmxon), VmInstructionError.VmxonInVmxRoot);
        yield return Fail(
            "VMXON: error 15 comes before any check of the address",
            p => p.Vmxon(TooWide + 1),
            VmInstructionError.VmxonInVmxRoot
        );
        yield return Outside("VMXOFF", p => p.Vmxoff());
        yield return Result("VMXOFF: VMsucceed", s => s.EnterVmxOperation(), p => p.Vmxoff(), VmxResult.Success);
        yield return Outside("VMCALL", p => p.Vmcall());
        yield return Fail("VMCALL: error 1 in VMX root operation", p => p.Vmcall(), VmInstructionError.VmcallInVmxRoot);
    }

    private static IEnumerable<InstructionCase> Pointers()
    {
        yield return Outside("VMCLEAR", p => p.Vmclear(Region));
        yield return Result(
            "VMCLEAR: VMfailInvalid instead of an error without a current VMCS",
            s => s.EnterVmxOperation(),
            p => p.Vmclear(1),
            VmxResult.FailInvalid
        );
        yield return Fail(
            "VMCLEAR: error 2 for an address that is not aligned",
            p => p.Vmclear(Region + 1),
            VmInstructionError.VmclearInvalidPhysicalAddress
        );
        yield return Fail(
            "VMCLEAR: error 2 for an address beyond the width",
            p => p.Vmclear(TooWide),
            VmInstructionError.VmclearInvalidPhysicalAddress
        );
        yield return Fail("VMCLEAR: error 3 for the VMXON pointer", p => p.Vmclear(Vmxon), VmInstructionError.VmclearVmxonPointer);
        yield return Result(
            "VMCLEAR: VMsucceed whatever the revision identifier is",
            s =>
            {
                s.LoadVmcs();
                s.Machine.WriteRevision(SoftwareMachine.OtherRegion, 1);
            },
            p => p.Vmclear(SoftwareMachine.OtherRegion),
            VmxResult.Success
        );
        yield return Result("VMCLEAR: VMsucceed where there is no memory", s => s.LoadVmcs(), p => p.Vmclear(NoMemory), VmxResult.Success);

        yield return Outside("VMPTRLD", p => p.Vmptrld(Region));
        yield return Fail(
            "VMPTRLD: error 9 for an address that is not aligned",
            p => p.Vmptrld(Region + 1),
            VmInstructionError.VmptrldInvalidPhysicalAddress
        );
        yield return Fail(
            "VMPTRLD: error 9 for an address beyond the width",
            p => p.Vmptrld(TooWide),
            VmInstructionError.VmptrldInvalidPhysicalAddress
        );
        yield return Fail("VMPTRLD: error 10 for the VMXON pointer", p => p.Vmptrld(Vmxon), VmInstructionError.VmptrldVmxonPointer);
        yield return Result(
            "VMPTRLD: error 11 for another revision identifier",
            s =>
            {
                s.LoadVmcs();
                s.Machine.WriteRevision(SoftwareMachine.OtherRegion, 1);
            },
            p => p.Vmptrld(SoftwareMachine.OtherRegion),
            VmxResult.FailValid(VmInstructionError.VmptrldIncorrectRevisionIdentifier)
        );
        yield return Fail(
            "VMPTRLD: error 11 where there is no memory",
            p => p.Vmptrld(NoMemory),
            VmInstructionError.VmptrldIncorrectRevisionIdentifier
        );
        yield return Result(
            "VMPTRLD: error 11 for a shadow VMCS without VMCS shadowing",
            s =>
            {
                s.LoadVmcs();
                MakeShadow(s);
            },
            p => p.Vmptrld(SoftwareMachine.OtherRegion),
            VmxResult.FailValid(VmInstructionError.VmptrldIncorrectRevisionIdentifier)
        );
        yield return Result(
            "VMPTRLD: VMsucceed for a shadow VMCS with VMCS shadowing",
            s =>
            {
                s.Use(s_skylake);
                s.LoadVmcs();
                MakeShadow(s);
            },
            p => p.Vmptrld(SoftwareMachine.OtherRegion),
            VmxResult.Success
        );

        yield return Outside("VMPTRST", p => p.Vmptrst(out _));
        yield return Result(
            "VMPTRST: VMsucceed without a current VMCS",
            s => s.EnterVmxOperation(),
            p => p.Vmptrst(out _),
            VmxResult.Success
        );
    }

    private static IEnumerable<InstructionCase> Access()
    {
        yield return Outside("VMREAD", p => p.Vmread(VmcsField.GuestRip, out _));
        yield return Result(
            "VMREAD: VMfailInvalid without a current VMCS",
            s => s.EnterVmxOperation(),
            p => p.Vmread(VmcsField.GuestRip, out _),
            VmxResult.FailInvalid
        );
        yield return Fail(
            "VMREAD: error 12 for an encoding without a field",
            p => p.Vmread((VmcsField)0x6FFE, out _),
            VmInstructionError.UnsupportedVmcsComponent
        );
        yield return Fail(
            "VMREAD: error 12 for a field whose control the processor lacks",
            p => p.Vmread(VmcsField.PmlAddress, out _),
            VmInstructionError.UnsupportedVmcsComponent
        );
        yield return Fail(
            "VMREAD: error 12 for a reserved bit of the encoding",
            p => p.Vmread(VmcsField.GuestRip | (VmcsField)0x8000, out _),
            VmInstructionError.UnsupportedVmcsComponent
        );
        yield return Fail(
            "VMREAD: error 12 for the high half of a field that has none",
            p => p.Vmread(VmcsField.GuestRip | (VmcsField)1, out _),
            VmInstructionError.UnsupportedVmcsComponent
        );
        yield return Result(
            "VMREAD: VMsucceed for a shadow VMCS",
            s =>
            {
                s.Use(s_skylake);
                s.LoadShadow();
            },
            p => p.Vmread(VmcsField.GuestRip, out _),
            VmxResult.Success
        );
        yield return Outside("VMWRITE", p => p.Vmwrite(VmcsField.GuestRip, 0));
        yield return Result(
            "VMWRITE: VMfailInvalid without a current VMCS",
            s => s.EnterVmxOperation(),
            p => p.Vmwrite(VmcsField.GuestRip, 0),
            VmxResult.FailInvalid
        );
        yield return Fail(
            "VMWRITE: error 12 for an encoding without a field",
            p => p.Vmwrite((VmcsField)0x6FFE, 0),
            VmInstructionError.UnsupportedVmcsComponent
        );
        yield return Result(
            "VMWRITE: VMsucceed for a read-only field where IA32_VMX_MISC bit 29 is 1",
            s => s.LoadVmcs(),
            p => p.Vmwrite(VmcsField.ExitReason, 1),
            VmxResult.Success
        );
        yield return Result(
            "VMWRITE: error 13 for a read-only field where IA32_VMX_MISC bit 29 is 0",
            s =>
            {
                s.Use(s_lynnfield);
                s.LoadVmcs();
            },
            p => p.Vmwrite(VmcsField.ExitReason, 1),
            VmxResult.FailValid(VmInstructionError.VmwriteReadOnlyVmcsComponent)
        );
    }

    private static IEnumerable<InstructionCase> Invalidation()
    {
        var eptp = new EptPointer
        {
            MemoryType = MemoryType.WriteBack,
            PageWalkLengthMinus1 = 3,
            RootTableAddress = 0x5000,
        };
        yield return Outside("INVEPT", p => p.Invept(InveptType.AllContexts, default));
        yield return Result(
            "INVEPT: #UD on a processor without it",
            s =>
            {
                s.Use(s_penryn);
                s.EnterVmxOperation();
            },
            p => p.Invept(InveptType.AllContexts, default),
            null,
            ExceptionVector.InvalidOpcode
        );
        yield return Fail(
            "INVEPT: error 28 for an unknown type",
            p => p.Invept((InveptType)3, default),
            VmInstructionError.InvalidOperandToInveptInvvpid
        );
        yield return Fail(
            "INVEPT: error 28 for a memory type that VM entry refuses",
            p => p.Invept(InveptType.SingleContext, new(eptp with { MemoryType = MemoryType.WriteThrough })),
            VmInstructionError.InvalidOperandToInveptInvvpid
        );
        yield return Fail(
            "INVEPT: error 28 for a page-walk length that VM entry refuses",
            p => p.Invept(InveptType.SingleContext, new(eptp with { PageWalkLengthMinus1 = 4 })),
            VmInstructionError.InvalidOperandToInveptInvvpid
        );
        yield return Fail(
            "INVEPT: error 28 for accessed and dirty flags that the processor lacks",
            p => p.Invept(InveptType.SingleContext, new(eptp with { EnableAccessedAndDirtyFlags = true })),
            VmInstructionError.InvalidOperandToInveptInvvpid
        );
        yield return Fail(
            "INVEPT: error 28 for a table beyond the width",
            p => p.Invept(InveptType.SingleContext, new(eptp with { RootTableAddress = TooWide })),
            VmInstructionError.InvalidOperandToInveptInvvpid
        );
        yield return Result(
            "INVEPT: VMsucceed for a context",
            s => s.LoadVmcs(),
            p => p.Invept(InveptType.SingleContext, new(eptp)),
            VmxResult.Success
        );
        yield return Result(
            "INVEPT: VMsucceed for all contexts, whatever the descriptor holds",
            s => s.LoadVmcs(),
            p => p.Invept(InveptType.AllContexts, new(new EptPointer(ulong.MaxValue))),
            VmxResult.Success
        );
        yield return Outside("INVVPID", p => p.Invvpid(InvvpidType.AllContexts, default));
        yield return Result(
            "INVVPID: #UD on a processor without it",
            s =>
            {
                s.Use(s_penryn);
                s.EnterVmxOperation();
            },
            p => p.Invvpid(InvvpidType.AllContexts, default),
            null,
            ExceptionVector.InvalidOpcode
        );
        yield return Fail(
            "INVVPID: error 28 for an unknown type",
            p => p.Invvpid((InvvpidType)4, new(1)),
            VmInstructionError.InvalidOperandToInveptInvvpid
        );
        yield return Fail(
            "INVVPID: error 28 for reserved bits",
            p => p.Invvpid(InvvpidType.AllContexts, new() { ReservedHigh = 1 }),
            VmInstructionError.InvalidOperandToInveptInvvpid
        );
        foreach (
            var type in (InvvpidType[])[InvvpidType.IndividualAddress, InvvpidType.SingleContext, InvvpidType.SingleContextRetainingGlobals]
        )
            yield return Fail(
                $"INVVPID: error 28 for VPID 0, {type}",
                p => p.Invvpid(type, default),
                VmInstructionError.InvalidOperandToInveptInvvpid
            );
        yield return Fail(
            "INVVPID: error 28 for an address that is not canonical",
            p => p.Invvpid(InvvpidType.IndividualAddress, new(1, 1UL << 47)),
            VmInstructionError.InvalidOperandToInveptInvvpid
        );
        yield return Result(
            "INVVPID: VMsucceed for an address",
            s => s.LoadVmcs(),
            p => p.Invvpid(InvvpidType.IndividualAddress, new(1, 0x1000)),
            VmxResult.Success
        );
        yield return Result(
            "INVVPID: VMsucceed for all contexts with VPID 0",
            s => s.LoadVmcs(),
            p => p.Invvpid(InvvpidType.AllContexts, default),
            VmxResult.Success
        );
    }

    private static IEnumerable<InstructionCase> Entry()
    {
        yield return Outside("VMLAUNCH", Launch);
        yield return Outside("VMRESUME", Resume);
        yield return Result("VMLAUNCH: VMfailInvalid without a current VMCS", s => s.EnterVmxOperation(), Launch, VmxResult.FailInvalid);
        yield return Result(
            "VMLAUNCH: VMfailInvalid with a shadow VMCS",
            s =>
            {
                s.Use(s_skylake);
                s.LoadShadow();
            },
            Launch,
            VmxResult.FailInvalid
        );
        yield return Result("VMRESUME: VMfailInvalid without a current VMCS", s => s.EnterVmxOperation(), Resume, VmxResult.FailInvalid);
        yield return Result(
            "VMLAUNCH: error 26 right after MOV SS",
            s =>
            {
                s.LoadVmcs();
                s.Processor.IsBlockedByMovSs = true;
            },
            Launch,
            VmxResult.FailValid(VmInstructionError.EntryEventsBlockedByMovSs)
        );
        yield return Result(
            "VMRESUME: error 26 comes before error 5",
            s =>
            {
                s.LoadVmcs();
                s.Processor.IsBlockedByMovSs = true;
            },
            Resume,
            VmxResult.FailValid(VmInstructionError.EntryEventsBlockedByMovSs)
        );
        yield return Fail("VMRESUME: error 5 for a VMCS that was not launched", Resume, VmInstructionError.VmresumeNonLaunchedVmcs);
        yield return Fail("VMLAUNCH: error 7 for controls that are not valid", Launch, VmInstructionError.EntryInvalidControlFields);
    }

    private static VmxResult Launch(SoftwareVmx processor)
    {
        GeneralRegisters registers = default;
        return processor.Vmlaunch(ref registers);
    }

    private static VmxResult Resume(SoftwareVmx processor)
    {
        GeneralRegisters registers = default;
        return processor.Vmresume(ref registers);
    }

    private static void Ready(SoftwareSituation situation)
    {
        situation.Machine.AllowVmxon();
        situation.Machine.SetVmxe();
    }

    private static void MakeShadow(SoftwareSituation situation) =>
        situation.Machine.WriteRevision(
            SoftwareMachine.OtherRegion,
            situation.Processor.Capabilities.Basic.VmcsRevisionIdentifier | 1u << 31
        );

    private static InstructionCase Outside(string instruction, Func<SoftwareVmx, VmxResult> act) =>
        Fault($"{instruction}: #UD outside of VMX operation, even with CR4.VMXE", Ready, act, ExceptionVector.InvalidOpcode);

    private static InstructionCase Fault(
        string rule,
        Action<SoftwareSituation> prepare,
        Func<SoftwareVmx, VmxResult> act,
        ExceptionVector fault = ExceptionVector.GeneralProtection
    ) => new(rule, prepare, act, null, fault);

    private static InstructionCase Result(
        string rule,
        Action<SoftwareSituation> prepare,
        Func<SoftwareVmx, VmxResult> act,
        VmxResult? expected,
        ExceptionVector? fault = null
    ) => new(rule, prepare, act, expected, fault);

    private static InstructionCase Fail(string rule, Func<SoftwareVmx, VmxResult> act, VmInstructionError error) =>
        new(rule, s => s.LoadVmcs(), act, VmxResult.FailValid(error));
}
