using VmcsGen.Vmx;

namespace BareMetal;

/// <summary>What this hypervisor does at each kind of VM exit.</summary>
internal static unsafe class ExitHandlers
{
    public static void Handle(ref Guest guest, in Vmcs<ProcessorVmcs> vmcs)
    {
        var reason = vmcs.ExitReason;
        if (reason.EntryFailure)
        {
            guest.Trouble = "The processor refused its state.";
            return;
        }
        switch (reason.BasicReason)
        {
            case BasicExitReason.Cpuid:
                OnCpuid(ref guest, vmcs);
                break;
            case BasicExitReason.IoInstruction:
                OnIo(ref guest, vmcs);
                break;
            case BasicExitReason.Rdmsr:
                OnRdmsr(ref guest, vmcs);
                break;
            case BasicExitReason.Wrmsr:
                OnWrmsr(ref guest, vmcs);
                break;
            case BasicExitReason.EptViolation:
                OnEptViolation(ref guest, vmcs);
                break;
            case BasicExitReason.Vmcall:
                Hypercalls.Handle(ref guest, vmcs);
                break;
            case BasicExitReason.Hlt:
                Serial.Line("  HLT: it waits for an interrupt; it gets one.");
                Interrupts.Skip(vmcs);
                Interrupts.Inject(vmcs, Interrupts.Wake);
                break;
            case BasicExitReason.PreemptionTimerExpired:
                Serial.Line("  VMX-preemption timer: its time is up; it gets the second interrupt.");
                Interrupts.StopTimer(vmcs);
                Interrupts.Inject(vmcs, Interrupts.Tick);
                break;
            case BasicExitReason.InterruptWindow:
                Serial.Line("  Interrupt window: it takes interrupts again; it gets the second one.");
                Interrupts.CloseWindow(vmcs);
                Interrupts.Inject(vmcs, Interrupts.Tick);
                break;
            default:
                Serial.Line($"  VM exit {(uint)reason.BasicReason}, which this hypervisor does not know, at 0x{vmcs.GuestRip:X}.");
                guest.Trouble = "It did what nobody expects.";
                break;
        }
    }

    private static void OnCpuid(ref Guest guest, in Vmcs<ProcessorVmcs> vmcs)
    {
        var leaf = (uint)guest.Registers.Rax;
        var values = stackalloc uint[4];
        if (leaf == HypervisorLeaf.Number)
            HypervisorLeaf.Answer(values);
        else
            Cpu.Id(leaf, (uint)guest.Registers.Rcx, values);
        guest.Registers.SetCpuid(values);
        Serial.Line($"  CPUID, leaf 0x{leaf:X}: it gets an answer.");
        Interrupts.Skip(vmcs);
    }

    private static void OnIo(ref Guest guest, in Vmcs<ProcessorVmcs> vmcs)
    {
        const uint ConsolePort = 0x10;
        var access = new IoInstructionQualification(vmcs.ExitQualification);
        if (access is not { Port: ConsolePort, Direction: IoDirection.Out, AccessSize: IoAccessSize.OneByte })
        {
            guest.Trouble = "It uses a port that it does not have.";
            return;
        }
        var letter = (char)(byte)guest.Registers.Rax;
        if (!guest.IsPrinting)
            Serial.Write("  I/O: it prints: ");
        Serial.Write(letter);
        guest.IsPrinting = letter != '\n';
        Interrupts.Skip(vmcs);
    }

    private static void OnRdmsr(ref Guest guest, in Vmcs<ProcessorVmcs> vmcs)
    {
        Serial.Line($"  RDMSR 0x{(uint)guest.Registers.Rcx:X}: it reads {guest.Msr}.");
        guest.Registers.Rax = (uint)guest.Msr;
        guest.Registers.Rdx = guest.Msr >> 32;
        Interrupts.Skip(vmcs);
    }

    private static void OnWrmsr(ref Guest guest, in Vmcs<ProcessorVmcs> vmcs)
    {
        guest.Msr = (guest.Registers.Rdx << 32) | (uint)guest.Registers.Rax;
        Serial.Line($"  WRMSR 0x{(uint)guest.Registers.Rcx:X}: it writes {guest.Msr}.");
        Interrupts.Skip(vmcs);
    }

    private static void OnEptViolation(ref Guest guest, in Vmcs<ProcessorVmcs> vmcs)
    {
        var address = vmcs.GuestPhysicalAddress;
        var access = new EptViolationQualification(vmcs.ExitQualification);
        var page = address & ~(Memory.PageSize - 1);
        if (page != guest.Image->LatePage)
        {
            Serial.Line($"  EPT violation at 0x{address:X}.");
            guest.Trouble = "It has no memory there.";
            return;
        }
        Serial.Line($"  EPT violation: it {(access.DataWrite ? "writes" : "reads")} 0x{address:X}, which is not mapped; it gets a page.");
        guest.Memory.Map(page, (ulong)Memory.Page());
    }
}
