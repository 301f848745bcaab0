using VmcsGen.Vmx;
using VmcsGen.Vmx.Entry;

namespace BareMetal;

/// <summary>
/// A guest with mistakes in its state, one after the other, and what the processor says to them: not which field it was. The package's
/// rules of VM entry do.
/// </summary>
internal static class FailedEntry
{
    /// <summary>Whether the processor refuses each mistake, the rules name one broken rule each, and none without a mistake.</summary>
    public static bool Run()
    {
        var guest = new Guest(GuestMode.Long);
        var vmcs = ProcessorVmcs.Current;
        var succeeded = VmEntryChecker.Check() == 0;

        var flags = vmcs.GuestRflags;
        // Bit 1 is always 1 (SDM 3C 27.3.1.4).
        vmcs.GuestRflags = 0;
        succeeded &= IsRefused(ref guest);
        Serial.Line("  The VMCS:");
        Dump.Write();
        vmcs.GuestRflags = flags;

        var rights = vmcs.GuestTrAccessRights;
        // A task register is always present (SDM 3C 27.3.1.2).
        vmcs.GuestTrAccessRights = rights with
        {
            Present = false,
        };
        succeeded &= IsRefused(ref guest);
        vmcs.GuestTrAccessRights = rights;

        // A VM exit has to come back to some code (SDM 3C 27.2.3).
        vmcs.HostCsSelector = 0;
        succeeded &= IsRefused(ref guest);
        return succeeded;
    }

    private static bool IsRefused(ref Guest guest)
    {
        var result = guest.Run();
        var vmcs = ProcessorVmcs.Current;
        var reason = vmcs.ExitReason;
        if (!result.IsSuccess)
        {
            Serial.Line($"  The entry failed: VM-instruction error {(uint)result.Error}. The rules, on this processor:");
        }
        else if (reason.EntryFailure)
        {
            Serial.Line(
                $"  The entry failed: exit reason 0x{reason.Value:X}, qualification {vmcs.ExitQualification}. The rules, on this processor:"
            );
        }
        else
        {
            Serial.Line($"  The processor took it: VM exit {(uint)reason.BasicReason}.");
            return false;
        }
        return VmEntryChecker.Check() == 1;
    }
}
