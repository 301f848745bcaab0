using VmcsGen.Vmx;

namespace BareMetal.Lifting;

/// <summary>What happens at the VM exits of a lifted system. Most that it does causes none.</summary>
internal static unsafe class LiftedExits
{
    // A VMCALL of the guest's with this in EAX: it is done, and the machine is switched off.
    private const uint Done = 0;

    public static void Handle(ref LiftedGuest guest, in Vmcs<ProcessorVmcs> vmcs)
    {
        var reason = vmcs.ExitReason;
        if (reason.EntryFailure)
        {
            guest.Trouble = "The processor refused its state.";
            return;
        }
        guest.Exits.Add(reason.BasicReason);
        switch (reason.BasicReason)
        {
            case BasicExitReason.Cpuid:
                CpuidAnswers.Give(ref guest.Registers, vmcs);
                break;
            case BasicExitReason.Xsetbv:
                ExtendedState.OnXsetbv(guest.Registers, vmcs);
                break;
            case BasicExitReason.CrAccess:
                ControlRegisters.OnAccess(ref guest, vmcs);
                break;
            case BasicExitReason.Vmcall:
                OnVmcall(ref guest, vmcs);
                break;
            case BasicExitReason.Invd:
                // What is in the caches is not the guest's alone: it is written to memory.
                Cpu.WriteBackCaches();
                Interrupts.Skip(vmcs);
                break;
            case BasicExitReason.Rdmsr or BasicExitReason.Wrmsr:
                // The MSRs of VMX, and those that the bitmaps do not reach because no processor has them.
                Interrupts.InjectException(vmcs, ExceptionVector.GeneralProtection, errorCode: true);
                break;
            case >= BasicExitReason.Vmclear and <= BasicExitReason.Vmxon:
            case BasicExitReason.Invept or BasicExitReason.Invvpid or BasicExitReason.Vmfunc or BasicExitReason.Getsec:
                // Its CPUID does not have them.
                Interrupts.InjectException(vmcs, ExceptionVector.InvalidOpcode, errorCode: false);
                break;
            case BasicExitReason.TripleFault:
                guest.Trouble = "A triple fault: it could not deliver a double fault.";
                break;
            case BasicExitReason.EptViolation:
                guest.Trouble = Memory.IsOwn(vmcs.GuestPhysicalAddress, 1)
                    ? "It reaches for the hypervisor's memory."
                    : "It reaches for what is not mapped.";
                Serial.Line($"EPT violation at 0x{vmcs.GuestPhysicalAddress:X}.");
                break;
            default:
                guest.Trouble = "A VM exit that nobody expects.";
                break;
        }
    }

    private static void OnVmcall(ref LiftedGuest guest, in Vmcs<ProcessorVmcs> vmcs)
    {
        if (MemoryStub.IsQuestion(guest.Registers, vmcs))
        {
            MemoryStub.Answer(ref guest, vmcs);
            Interrupts.Skip(vmcs);
            return;
        }
        if ((uint)guest.Registers.Rax != Done)
        {
            Interrupts.InjectException(vmcs, ExceptionVector.InvalidOpcode, errorCode: false);
            return;
        }
        Serial.Line("VMCALL: the guest is done.");
        guest.Exits.Write();
        Power.Off(0);
    }
}
