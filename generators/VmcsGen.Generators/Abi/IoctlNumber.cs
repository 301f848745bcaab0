using System.Collections.Generic;
using VmcsGen.Generators.Model;

namespace VmcsGen.Generators.Abi;

/// <summary>
/// Request numbers of Linux ioctls (asm-generic/ioctl.h): direction, argument size, type and number in one word. On powerpc the direction
/// has a bit for each way and one for none, and the size a bit less (its own asm/ioctl.h).
/// </summary>
internal static class IoctlNumber
{
    /// <summary>The largest argument whose size fits in a request number: 14 bits.</summary>
    public const int MaximumSize = (1 << 14) - 1;

    public static uint Encode(IoctlDirection direction, int type, int number, int argumentSize) =>
        ((uint)direction << 30) | ((uint)argumentSize << 16) | ((uint)type << 8) | (uint)number;

    /// <summary>A request number on a machine.</summary>
    public static uint Encode(IoctlDirection direction, int type, int number, int argumentSize, Architecture architecture)
    {
        var request = Encode(direction, type, number, argumentSize);
        return architecture.HasWideDirection ? (request & ~(3u << 30)) | (WideDirection(direction) << WideShift) : request;
    }

    /// <summary>The largest argument on a machine.</summary>
    public static int LargestSize(Architecture architecture) => architecture.HasWideDirection ? MaximumSize >> 1 : MaximumSize;

    /// <summary>What a request number of a machine does with the argument.</summary>
    public static IoctlDirection DirectionOf(uint request, Architecture architecture) =>
        !architecture.HasWideDirection
            ? (IoctlDirection)(request >> 30)
            : (request >> WideShift) switch
            {
                WideRead => IoctlDirection.Read,
                WideWrite => IoctlDirection.Write,
                WideRead | WideWrite => IoctlDirection.ReadWrite,
                _ => IoctlDirection.None,
            };

    /// <summary>Bytes of the argument of a request number of a machine.</summary>
    public static uint SizeOf(uint request, Architecture architecture) => (request >> 16) & (uint)LargestSize(architecture);

    private const int WideShift = 29;
    private const uint WideNone = 1;
    private const uint WideRead = 2;
    private const uint WideWrite = 4;

    private static uint WideDirection(IoctlDirection direction) =>
        direction switch
        {
            IoctlDirection.None => WideNone,
            IoctlDirection.Read => WideRead,
            IoctlDirection.Write => WideWrite,
            _ => WideRead | WideWrite,
        };

    /// <summary>Whether a request number is one of older headers, which have no direction and no size in them.</summary>
    public static bool IsPlain(ulong request) => request <= 0xFFFF;

    /// <summary>What a request number says otherwise than the facts of its ioctl, each as "direction read instead of write".</summary>
    public static IEnumerable<string> Differences(uint stated, uint request)
    {
        if (DirectionOf(stated) != DirectionOf(request))
            yield return $"direction {DirectionOf(stated)} instead of {DirectionOf(request)}";
        if (TypeOf(stated) != TypeOf(request))
            yield return $"type 0x{TypeOf(stated):X2} instead of 0x{TypeOf(request):X2}";
        if (NumberOf(stated) != NumberOf(request))
            yield return $"number 0x{NumberOf(stated):X2} instead of 0x{NumberOf(request):X2}";
        if (SizeOf(stated) != SizeOf(request))
            yield return $"an argument of {SizeOf(stated)} bytes instead of {SizeOf(request)}";
    }

    private static string DirectionOf(uint request) =>
        (IoctlDirection)((request >> 30) & 3) switch
        {
            IoctlDirection.None => "none",
            IoctlDirection.Write => "write",
            IoctlDirection.Read => "read",
            _ => "read-write",
        };

    private static uint SizeOf(uint request) => (request >> 16) & MaximumSize;

    private static uint TypeOf(uint request) => (request >> 8) & 0xFF;

    private static uint NumberOf(uint request) => request & 0xFF;
}
