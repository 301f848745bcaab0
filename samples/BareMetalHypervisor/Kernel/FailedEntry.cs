using VmcsGen.Vmx;

namespace BareMetal;

/// <summary>A guest with a mistake in its state, and what the processor says to it.</summary>
internal static class FailedEntry
{
    /// <summary>Whether the processor refuses the guest, as it should.</summary>
    public static bool Run()
    {
        var guest = new Guest(GuestMode.Long);
        var vmcs = ProcessorVmcs.Current;
        // Bit 1 of RFLAGS is always 1 (SDM 3C 27.3.1.4).
        vmcs.GuestRflags = 0;
        var result = guest.Run();
        if (!result.IsSuccess)
        {
            Serial.Line($"  VMLAUNCH failed with VM-instruction error {(uint)result.Error}.");
            return false;
        }
        var reason = vmcs.ExitReason;
        if (!reason.EntryFailure)
        {
            Serial.Line($"  The processor took it: VM exit {(uint)reason.BasicReason}.");
            return false;
        }
        Serial.Line($"  The entry failed: exit reason 0x{reason.Value:X}, qualification {vmcs.ExitQualification}. The VMCS:");
        Dump.Write();
        return true;
    }
}
