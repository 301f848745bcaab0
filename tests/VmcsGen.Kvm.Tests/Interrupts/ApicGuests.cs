using System;
using Iced.Intel;
using VmcsGen.Kvm.Tests.Testing;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Interrupts;

/// <summary>Real-mode guests that use their local APIC, which they see by the GS segment.</summary>
internal static class ApicGuests
{
    /// <summary>Where handlers report.</summary>
    public const byte ReportPort = 0x11;

    public const uint LocalApic = 0xFEE0_0000;
    public const int EndOfInterrupt = 0xB0;

    private const int SpuriousVectorRegister = 0xF0;

    /// <summary>A guest with all controllers in the kernel that reports once and then halts with interrupts on.</summary>
    public static Guest CreateHalting(params ReadOnlySpan<KvmCapability> required) =>
        CreateHalting(static vm => vm.CreateIrqchip(), required);

    /// <param name="prepare">Creates the controllers.</param>
    /// <param name="required">Capabilities without which the test is skipped.</param>
    public static Guest CreateHalting(Action<KvmVm> prepare, params ReadOnlySpan<KvmCapability> required)
    {
        var guest = Guest.Create(GuestMode.Real, HaltForEver, prepare, [KvmCapability.Irqchip, .. required]);
        guest.Vcpu.EnableLocalApic();
        guest.RunToOut(ReportPort);
        return guest;
    }

    /// <summary>Reports and halts with interrupts on, for ever.</summary>
    public static void HaltForEver(Assembler code)
    {
        var loop = code.CreateLabel();
        code.@out(ReportPort, al);
        code.sti();
        code.Label(ref loop);
        code.hlt();
        code.jmp(loop);
    }

    /// <summary>Turns the local APIC on, and points GS to its registers.</summary>
    public static void EnableLocalApic(this KvmVcpu vcpu)
    {
        vcpu.GetLapic(out var lapic);
        lapic.Regs[SpuriousVectorRegister] = 0xFF;
        lapic.Regs[SpuriousVectorRegister + 1] = 1; // Software enable.
        vcpu.SetLapic(lapic);
        vcpu.GetSregs(out var sregs);
        sregs.Gs.Base = LocalApic;
        vcpu.SetSregs(sregs);
    }

    /// <summary>Places a handler that reports a value, ends the interrupt at the local APIC and returns.</summary>
    public static void PlaceApicHandler(this Guest guest, byte vector, ulong address, byte report) =>
        guest.PlaceApicHandler(
            vector,
            address,
            code =>
            {
                code.mov(al, report);
                code.@out(ReportPort, al);
                code.WriteEndOfInterrupt();
                code.iret();
            }
        );

    /// <summary>Places the handler of a vector.</summary>
    public static void PlaceApicHandler(this Guest guest, byte vector, ulong address, Action<Assembler> write)
    {
        guest.SetVector(vector, address);
        guest.Place(address, write);
    }

    /// <summary>Ends the interrupt. Changes EAX.</summary>
    public static void WriteEndOfInterrupt(this Assembler code)
    {
        code.xor(eax, eax);
        code.mov(__dword_ptr.gs[EndOfInterrupt], eax);
    }
}
