using System;
using VmcsGen.Kvm.Tests.Testing;

namespace VmcsGen.Kvm.Tests.Buses;

/// <summary>A guest's vCPU and more of the same, all about to execute its code in real mode.</summary>
internal sealed class VcpuSet : IDisposable
{
    public VcpuSet(Guest guest, int others)
    {
        All = new KvmVcpu[others + 1];
        All[0] = guest.Vcpu;
        for (var id = 1; id < All.Length; id++)
        {
            All[id] = guest.Vm.CreateVcpu(id);
            ProcessorState.Enter(GuestMode.Real, guest.Host, All[id], guest.Memory);
            All[id]
                .SetRegs(
                    new KvmRegs
                    {
                        Rip = Guest.CodeAddress,
                        Rsp = Guest.StackTop,
                        Rflags = TestHost.FirstRflags,
                    }
                );
        }
    }

    public KvmVcpu[] All { get; }

    public void Dispose()
    {
        foreach (var vcpu in All)
            vcpu.Dispose();
    }
}
