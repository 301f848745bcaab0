using System.Collections.Generic;
using VmcsGen.Generators.Model;

namespace VmcsGen.Generators.Abi;

/// <summary>Request numbers of Linux ioctls (asm-generic/ioctl.h): direction, argument size, type and number in one word.</summary>
internal static class IoctlNumber
{
    /// <summary>The largest argument whose size fits in a request number: 14 bits.</summary>
    public const int MaximumSize = (1 << 14) - 1;

    public static uint Encode(IoctlDirection direction, int type, int number, int argumentSize) =>
        ((uint)direction << 30) | ((uint)argumentSize << 16) | ((uint)type << 8) | (uint)number;

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
