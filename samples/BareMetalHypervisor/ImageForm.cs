namespace BareMetalHypervisor;

/// <summary>What an image does, and where its kernel lies for that.</summary>
/// <param name="BootSector">The source of its boot sector.</param>
/// <param name="Kernel">The address at which the kernel runs.</param>
/// <param name="Zeros">The address of its memory that is zero at first.</param>
/// <param name="End">The first address that is not the kernel's own any more.</param>
internal sealed record ImageForm(string BootSector, int Kernel, int Zeros, int End)
{
    /// <summary>Where the boot sectors load the kernel: below the BIOS.</summary>
    public const int LoadAddress = 0x1_0000;

    /// <summary>Runs three guests of its own, with all of the machine's memory, and ends.</summary>
    public static ImageForm Story { get; } = new("Boot/boot.S", LoadAddress, 0x10_0000, 64 << 20);

    /// <summary>Lifts the system that runs. Its memory lies behind what kernels unpack themselves into, and whole pages of 2 MiB.</summary>
    public static ImageForm Lift { get; } = new("Boot/lift.S", 0x800_0000, 0x810_0000, 0x880_0000);
}
