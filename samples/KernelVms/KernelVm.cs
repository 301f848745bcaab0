using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using VmcsGen.Kvm;

namespace KernelVms;

/// <summary>A VM in the memory of the kernel that runs it: its struct kvm.</summary>
internal sealed class KernelVm
{
    // include/linux/kvm_host.h
    private const int InGuestMode = 1;

    private readonly KernelMemory _memory;
    private readonly KernelObject<KernelKvm> _vm;

    private KernelVm(KernelMemory memory, KernelObject<KernelKvm> vm) => (_memory, _vm) = (memory, vm);

    /// <summary>The thread that made it.</summary>
    public int Maker => _vm.Value.UserspacePid;

    /// <summary>The VMs of a kernel, the newest first.</summary>
    /// <param name="memory">The kernel's memory.</param>
    /// <param name="vmList">The address of KVM's variable vm_list.</param>
    public static IEnumerable<KernelVm> All(KernelMemory memory, ulong vmList)
    {
        // Where the list's node lies in a VM, any VM tells.
        var shape = new KernelObject<KernelKvm>(0, new byte[Unsafe.SizeOf<KernelKvm>()]);
        var node = shape.AddressOf(in shape.Value.VmList);
        return KernelLists
            .Nodes(memory, vmList)
            .Select(address => new KernelVm(memory, memory.Read<KernelKvm>(unchecked(address - node), "a VM")));
    }

    /// <summary>Its vCPUs.</summary>
    public IEnumerable<VcpuState> Vcpus() => KernelLists.Pointers(_memory, _vm.Value.VcpuArray).Select(State);

    private VcpuState State(ulong address)
    {
        // KVM on AMD has its own part behind what all KVMs have.
        var svm = _memory.Read<KernelVcpuSvm>(address, "a vCPU");
        ref readonly var vcpu = ref svm.Value.Vcpu;
        if (vcpu.Kvm != _vm.Address)
            throw new DumpException(
                $"the vCPU at 0x{address:X} does not point back at its VM: the specs are of another kernel than the dump. README.md says how to make them."
            );
        var vmcb = _memory.Read<KernelVmcb>(svm.Value.Vmcb, "a VMCB");
        var run = _memory.Read<KvmRun>(vcpu.Run, "the page that KVM shares with user space");
        var lastExit = vcpu.Mode == InGuestMode ? "in the guest; registers are those of its last entry" : VcpuState.Exit(in run.Value);
        return new(vcpu.VcpuId, lastExit, Registers(in vcpu.Arch.Regs, vmcb.Value.Save.Rflags));
    }

    // In the order of the instructions' encodings: arch/x86/include/asm/kvm_host.h, enum kvm_reg.
    private static KvmRegs Registers(in KernelKvmVcpuArch.RegsArray regs, ulong rflags) =>
        new()
        {
            Rax = regs[0],
            Rcx = regs[1],
            Rdx = regs[2],
            Rbx = regs[3],
            Rsp = regs[4],
            Rbp = regs[5],
            Rsi = regs[6],
            Rdi = regs[7],
            R8 = regs[8],
            R9 = regs[9],
            R10 = regs[10],
            R11 = regs[11],
            R12 = regs[12],
            R13 = regs[13],
            R14 = regs[14],
            R15 = regs[15],
            Rip = regs[16],
            Rflags = rflags,
        };
}
