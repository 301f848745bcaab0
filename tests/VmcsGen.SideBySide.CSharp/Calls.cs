using VmcsGen.Kvm;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.SideBySide;

// Ioctls that do not run the guest, as calls.h has them.

internal sealed class GetApiVersion : RepeatedOperation
{
    protected override void Repeat(int count)
    {
        var host = Machine.Host;
        ulong sum = 0;
        for (var i = 0; i < count; i++)
            sum += (ulong)host.UnsafeIoctl(KvmIoctl.KVM_GET_API_VERSION, 0);
        Use(sum);
    }
}

internal sealed class CheckExtension : RepeatedOperation
{
    protected override void Repeat(int count)
    {
        var host = Machine.Host;
        ulong sum = 0;
        for (var i = 0; i < count; i++)
            sum += (ulong)host.Check(KvmCapability.UserMemory);
        Use(sum);
    }
}

internal sealed class GetRegs : RepeatedOperation
{
    private readonly KvmVcpu _vcpu = Machine.Create("port_writes", cpl: 0).Vcpu;

    protected override void Repeat(int count)
    {
        ulong sum = 0;
        for (var i = 0; i < count; i++)
        {
            _vcpu.GetRegs(out var regs);
            sum += regs.Rip;
        }
        Use(sum);
    }
}

internal sealed class SetRegs : RepeatedOperation
{
    private readonly KvmVcpu _vcpu = Machine.Create("port_writes", cpl: 0).Vcpu;

    protected override void Repeat(int count)
    {
        _vcpu.GetRegs(out var regs);
        for (var i = 0; i < count; i++)
        {
            regs.Rax = (ulong)i;
            _vcpu.SetRegs(regs);
        }
    }
}

internal sealed class GetSregs : RepeatedOperation
{
    private readonly KvmVcpu _vcpu = Machine.Create("port_writes", cpl: 0).Vcpu;

    protected override void Repeat(int count)
    {
        ulong sum = 0;
        for (var i = 0; i < count; i++)
        {
            _vcpu.GetSregs(out var sregs);
            sum += sregs.Cr3;
        }
        Use(sum);
    }
}

internal sealed class CreateDestroy : RepeatedOperation
{
    protected override void Repeat(int count)
    {
        for (var i = 0; i < count; i++)
        {
            using var vm = Machine.Host.CreateVm();
            using var vcpu = vm.CreateVcpu(0);
        }
    }
}
