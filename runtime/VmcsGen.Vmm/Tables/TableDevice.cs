namespace VmcsGen.Vmm;

/// <summary>A device that the guest finds in the ACPI tables.</summary>
/// <param name="Name">Its name there: four capital letters or digits, the first a letter.</param>
/// <param name="HardwareId">What it is: an EISA id such as PNP0501, or an ACPI id such as LNRO0005.</param>
/// <param name="UniqueId">Its number among those of one id.</param>
/// <param name="Address">Its first port, or guest physical address.</param>
/// <param name="Length">Number of ports or bytes.</param>
/// <param name="IsMmio">Whether the address is a guest physical one.</param>
/// <param name="InterruptLine">Its interrupt line, or null.</param>
internal sealed record TableDevice(
    string Name,
    string HardwareId,
    uint UniqueId,
    uint Address,
    uint Length,
    bool IsMmio,
    uint? InterruptLine
);
