using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Creation;

/// <summary>Which controls a vCPU needs, and which it gets.</summary>
internal static class VmxCreationControls
{
    internal static VmxControlSet Fit(VmxVcpuBuilder builder, VmxCapabilities capabilities)
    {
        var guest = builder.Guest;
        var required = builder.Required;
        var optional = builder.Optional;
        var primary = required.PrimaryProcessorBased;
        if (!builder.MsrBitmap.IsEmpty)
            primary = primary with { UseMsrBitmaps = true };
        if (!builder.IoBitmaps.IsEmpty)
            primary = primary with { UseIoBitmaps = true };
        var secondary = required.SecondaryProcessorBased;
        if (builder.Memory.Count != 0 || guest.NeedsUnrestrictedGuest)
            secondary = secondary with { EnableEpt = true };
        if (guest.NeedsUnrestrictedGuest)
            secondary = secondary with { UnrestrictedGuest = true };

        return capabilities
            .Configure(
                required with
                {
                    PrimaryProcessorBased = primary,
                    SecondaryProcessorBased = secondary,
                    PrimaryVmExit = required.PrimaryVmExit with { HostAddressSpaceSize = true },
                    VmEntry = guest.IsIa32eMode ? required.VmEntry with { Ia32eModeGuest = true } : required.VmEntry,
                },
                optional with
                {
                    SecondaryProcessorBased = optional.SecondaryProcessorBased with { EnableVpid = true },
                    PrimaryVmExit = optional.PrimaryVmExit with
                    {
                        SaveIa32Pat = true,
                        LoadIa32Pat = true,
                        SaveIa32Efer = true,
                        LoadIa32Efer = true,
                    },
                    VmEntry = optional.VmEntry with { LoadIa32Pat = true, LoadIa32Efer = true },
                }
            )
            .ThrowIfUnsupported();
    }
}
