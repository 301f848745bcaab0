using VmcsGen.Generators.Model;

namespace VmcsGen.Generators.Abi;

/// <summary>Request numbers of Linux ioctls (asm-generic/ioctl.h): direction, argument size, type and number in one word.</summary>
internal static class IoctlNumber
{
    private const int KvmType = 0xAE;

    /// <summary>The largest argument whose size fits in a request number: 14 bits.</summary>
    public const int MaximumSize = (1 << 14) - 1;

    public static uint Encode(IoctlDirection direction, int number, int argumentSize) =>
        ((uint)direction << 30) | ((uint)argumentSize << 16) | (KvmType << 8) | (uint)number;
}
