using System;
using System.Threading;
using VmcsGen.Kvm;

namespace VmcsGen.SideBySide;

// What spares exits, as events.h has it. The guest writes 64 times for one exit: older kernels call a ring
// that has wrapped full when it is half full, with 85 writes.

internal sealed class IoeventfdSignals : RepeatedOperation
{
    private const int WritesPerExit = 64;

    private readonly Machine _machine = Machine.Create("counted_port_writes", cpl: 3, WritesPerExit);
    private readonly Eventfd _event;

    public IoeventfdSignals() => _event = _machine.Vm.BindPortIoeventfd(Machine.WorkPort).Eventfd;

    protected override void Repeat(int count)
    {
        for (var done = 0; done < count; done += WritesPerExit)
        {
            _machine.RunToPort(Machine.EndPort);
            if (!_event.TryRead(out var signals) || signals != WritesPerExit)
                throw new InvalidOperationException($"{signals} signals instead of {WritesPerExit}.");
        }
    }
}

internal sealed class CoalescedWrites : RepeatedOperation
{
    private const int WritesPerExit = 64;

    private readonly Machine _machine = Machine.Create("counted_memory_writes", cpl: 3, WritesPerExit);
    private readonly CoalescedWriteHandler _handler;
    private ulong _sum;

    public CoalescedWrites()
    {
        _machine.Vm.CoalesceMmio(Machine.WindowAddress, 8);
        _handler = write => _sum += write.Address + write.Data[0];
    }

    protected override void Repeat(int count)
    {
        for (var done = 0; done < count; done += WritesPerExit)
        {
            _machine.RunToPort(Machine.EndPort);
            var taken = _machine.Vcpu.DrainCoalesced(_handler);
            if (taken != WritesPerExit)
                throw new InvalidOperationException($"{taken} writes instead of {WritesPerExit}.");
        }
        Use(_sum);
    }
}

internal sealed class IrqfdToHaltedGuest : Operation
{
    private const uint Line = 4;
    private const byte FirstVector = 0x20;
    private const long SettlingTime = 30_000;

    private readonly Machine _machine = new(static vm => vm.CreateIrqchip());
    private readonly IrqfdBinding _binding;
    private int _interrupts;

    public IrqfdToHaltedGuest()
    {
        KvmIrqchip chip = new() { ChipId = KvmIrqchipId.PicMaster };
        _machine.Vm.GetIrqchip(ref chip);
        chip.Chip.Pic.IrqBase = FirstVector;
        chip.Chip.Pic.Imr = 0;
        chip.Chip.Pic.AutoEoi = 1;
        _machine.Vm.SetIrqchip(chip);
        _machine.Memory.Write(Machine.CodeAddress, SharedText.Guest("halting"));
        _machine.Memory.Write(Machine.HandlerAddress, SharedText.Guest("interrupt_handler"));
        _machine.Memory.Write(4 * (FirstVector + Line), (uint)Machine.HandlerAddress);
        Machine.EnterRealMode(_machine.Vcpu);
        _binding = _machine.Vm.BindIrqfd(Line);
        new Thread(RunGuest) { IsBackground = true }.Start();
    }

    public override long Measure(int count)
    {
        long elapsed = 0;
        for (var i = 0; i < count; i++)
        {
            for (var settling = Now(); Now() - settling < SettlingTime; ) { }
            var before = Volatile.Read(ref _interrupts);
            var begin = Now();
            _binding.Signal();
            while (Volatile.Read(ref _interrupts) == before)
                System.Runtime.Intrinsics.X86.X86Base.Pause();
            elapsed += Now() - begin;
        }
        return elapsed;
    }

    private void RunGuest()
    {
        while (true)
        {
            _machine.RunToPort(Machine.EndPort);
            Interlocked.Increment(ref _interrupts);
        }
    }
}
