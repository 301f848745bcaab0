using System;
using VmcsGen.Kvm;

namespace VmcsGen.SideBySide;

// Guests that exit all the time, as exits.h has them.

internal sealed class RunImmediateExit : RepeatedOperation
{
    private readonly KvmVcpu _vcpu = Machine.Create("port_writes", cpl: 0).Vcpu;

    protected override void Repeat(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _vcpu.Kick();
            if (_vcpu.Run().Reason != KvmExitReason.Intr)
                throw new InvalidOperationException("The kick had no effect.");
        }
    }
}

internal sealed class PortExits(byte cpl) : RepeatedOperation
{
    private readonly Machine _machine = Machine.Create("port_writes", cpl);

    protected override void Repeat(int count)
    {
        ulong sum = 0;
        for (var i = 0; i < count; i++)
            sum += _machine.RunToPort(Machine.WorkPort);
        Use(sum);
    }
}

internal sealed class SyncRegsExits : RepeatedOperation
{
    private readonly Machine _machine = Machine.Create("port_writes", cpl: 0);

    public SyncRegsExits()
    {
        _machine.Vcpu.SyncRegs.Stored = KvmSyncRegsFlags.Regs;
        _machine.RunToPort(Machine.WorkPort);
    }

    protected override void Repeat(int count)
    {
        var registers = _machine.Vcpu.SyncRegs;
        ulong sum = 0;
        for (var i = 0; i < count; i++)
        {
            sum += _machine.RunToPort(Machine.WorkPort);
            registers.ChangeRegs().Rax++;
        }
        Use(sum);
    }
}

internal sealed class MemoryExits(byte cpl) : RepeatedOperation
{
    private readonly Machine _machine = Machine.Create("memory_writes", cpl);

    protected override void Repeat(int count)
    {
        ulong sum = 0;
        for (var i = 0; i < count; i++)
        {
            var exit = _machine.Run();
            if (exit.Reason != KvmExitReason.Mmio)
                throw Machine.Unexpected(exit);
            var mmio = exit.Mmio;
            if (!mmio.IsWrite || mmio.Address != Machine.WindowAddress)
                throw Machine.Unexpected(exit);
            sum += mmio.Value;
        }
        Use(sum);
    }
}
