using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>The registers of a vCPU as a debugger sees them. Fields, so that tables of registers can refer to what is in them.</summary>
internal sealed class VcpuRegisters
{
    internal KvmRegs General;
    internal KvmSregs Special;
    internal KvmFpu FloatingPoint;

    internal static VcpuRegisters Of(KvmVcpu vcpu)
    {
        VcpuRegisters registers = new();
        vcpu.GetRegs(out registers.General);
        vcpu.GetSregs(out registers.Special);
        vcpu.GetFpu(out registers.FloatingPoint);
        return registers;
    }

    /// <summary>Gives them to the vCPU. What the kernel refuses, such as control registers that do not go together, throws.</summary>
    internal void SetTo(KvmVcpu vcpu)
    {
        // An interrupt that is about to be delivered stays pending.
        vcpu.SetSregs(Special);
        vcpu.SetFpu(FloatingPoint);
        vcpu.SetRegs(General);
    }
}
