using System;
using VmcsGen.Vmx.Entry;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Tests;

/// <summary>A processor whose VM entries end as a test says, with the VMCS, the MSRs and the memory of a scene.</summary>
internal sealed class ScriptedProcessor(EntryScene scene, MsrValues msrs, VmEntryOutcome outcome) : IVmxProcessor
{
    public IPhysicalMemory Memory => scene.Memory;

    public HostEnvironment HostEnvironment => throw new NotSupportedException();

    public bool TryRead(uint index, out ulong value)
    {
        value = 0x500;
        return index == 0xC000_0080 || msrs.TryRead(index, out value);
    }

    public CpuidValues Cpuid(uint leaf, uint subleaf = 0) =>
        leaf switch
        {
            0 => new CpuidValues(0xA, 0, 0, 0),
            7 => new CpuidValues(0, 1 << 11 | 1 << 2, 1 << 24, 0),
            0xA => new CpuidValues(0x0802, 0, 0, 3),
            0x8000_0000 => new CpuidValues(0x8000_0008, 0, 0, 0),
            0x8000_0001 => new CpuidValues(0, 0, 0, 1 << 20),
            0x8000_0008 => new CpuidValues(0x3027, 0, 0, 0),
            _ => default,
        };

    public ulong ReadMsr(uint index) => throw new NotSupportedException();

    public void WriteMsr(uint index, ulong value) => throw new NotSupportedException();

    public ulong ReadControlRegister(ControlRegister number) => throw new NotSupportedException();

    public void WriteControlRegister(ControlRegister number, ulong value) => throw new NotSupportedException();

    public VmxResult Vmxon(ulong region) => throw new NotSupportedException();

    public VmxResult Vmxoff() => throw new NotSupportedException();

    public VmxResult Vmclear(ulong region) => throw new NotSupportedException();

    public VmxResult Vmptrld(ulong region) => throw new NotSupportedException();

    public VmxResult Vmptrst(out ulong region)
    {
        region = EntryScene.CurrentVmcs;
        return VmxResult.Success;
    }

    public VmxResult Vmread(VmcsField field, out ulong value) => scene.Vmcs.Access.TryRead(field, out value);

    public VmxResult Vmwrite(VmcsField field, ulong value) => scene.Vmcs.Access.TryWrite(field, value);

    public VmxResult Vmlaunch(ref GeneralRegisters registers)
    {
        scene[VmcsField.ExitReason] = outcome.IsExit ? outcome.ExitReason.Value : (ulong)BasicExitReason.Hlt;
        scene[VmcsField.ExitQualification] = outcome.Qualification;
        return outcome.Result;
    }

    public VmxResult Vmresume(ref GeneralRegisters registers) => Vmlaunch(ref registers);

    public VmxResult Invept(InveptType type, in InveptDescriptor descriptor) => throw new NotSupportedException();

    public VmxResult Invvpid(InvvpidType type, in InvvpidDescriptor descriptor) => throw new NotSupportedException();

    public VmxResult Vmcall() => throw new NotSupportedException();
}
