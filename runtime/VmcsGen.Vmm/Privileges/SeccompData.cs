namespace VmcsGen.Vmm;

/// <summary>What a filter of seccomp sees, and what it can say (linux/seccomp.h, linux/audit.h).</summary>
internal static class SeccompData
{
    // struct seccomp_data: int nr; __u32 arch; __u64 instruction_pointer; __u64 args[6].
    public const uint Number = 0;
    public const uint Architecture = 4;

    public const uint X86_64 = 0xC000_003E;

    /// <summary>In the numbers of the x32 interface, whose calls have the same architecture.</summary>
    public const uint X32Bit = 0x4000_0000;

    public const uint Allow = 0x7FFF_0000;
    public const uint KillProcess = 0x8000_0000;
    public const uint FailWith = 0x0005_0000;

    public const uint OperationNotPermitted = 1;
    public const uint NotImplemented = 38;

    /// <summary>Where the lower 32 bits of an argument are.</summary>
    public static uint Argument(int index) => 16 + 8 * (uint)index;
}
