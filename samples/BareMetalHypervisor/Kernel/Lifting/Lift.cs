using VmcsGen.Vmx;
using VmcsGen.Vmx.Entry;

namespace BareMetal.Lifting;

/// <summary>
/// Makes the system that runs a guest, and answers its VM exits from then on. It keeps its memory, devices and interrupts; the hypervisor
/// keeps to itself the memory that it lies in.
/// </summary>
internal static unsafe class Lift
{
    /// <summary>Ends with the machine.</summary>
    public static void Run(RunningSystem* system)
    {
        if (LiftedControls.WhatLacks() is { Length: not 0 } lacking)
        {
            Serial.Line($"This processor has no \"{lacking}\", without which no system can be lifted.");
            Power.Off(1);
        }
        var stub = MemoryStub.Install();
        var guest = new LiftedGuest(new MemoryMap(system, stub));
        MemoryStub.Announce(guest.Map, stub);

        var region = (ulong)VmxOperation.Region();
        if (VmxInstructions.Clear(&region) != 0 || VmxInstructions.Load(&region) != 0)
            Power.Fail("VMCLEAR or VMPTRLD failed.");
        ExtendedState.Allow();
        HostState.Write();
        var vmcs = ProcessorVmcs.Current;
        // What the processor uses now lies in memory that becomes the guest's.
        vmcs.HostCr3 = HostPaging.Create();
        vmcs.EptPointer = IdentityMap.Create();
        LiftedControls.Write();
        LiftedState.Write(system);
        Serial.Line("The system that runs becomes a guest.");

        while (guest.Trouble.Length == 0)
        {
            var result = guest.Run();
            if (!result.IsSuccess)
            {
                Serial.Line($"VM entry failed with VM-instruction error {(uint)result.Error}.");
                break;
            }
            LiftedExits.Handle(ref guest, vmcs);
        }
        Serial.Line($"The guest ends in trouble: {guest.Trouble}");
        guest.Exits.Write();
        Serial.Line($"VM exit 0x{vmcs.ExitReason.Value:X}, qualification 0x{vmcs.ExitQualification:X}. The VMCS:");
        Dump.Write();
        VmEntryChecker.Check();
        Power.Off(1);
    }
}
