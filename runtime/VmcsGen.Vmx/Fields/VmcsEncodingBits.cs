using System.Runtime.CompilerServices;

namespace VmcsGen.Vmx;

/// <summary>
/// The parts of a VMCS field's encoding (SDM 3C, "Encodings of VMCS Fields"): bit 0 is the access type, bits 9:1 are the index, 11:10
/// the type and 14:13 the width. The generator, the runtime and the analyzers are compiled with this file.
/// </summary>
internal static class VmcsEncodingBits
{
    public const uint Width16 = 0;
    public const uint Width64 = 1;
    public const uint Width32 = 2;
    public const uint WidthNatural = 3;

    public const uint TypeExitInformation = 1;

    // Bit 12 and everything above bit 14.
    private const uint Reserved = ~0x6FFFu;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Width(uint encoding) => (encoding >> 13) & 3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Type(uint encoding) => (encoding >> 10) & 3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Index(uint encoding) => (int)((encoding >> 1) & 0x1FF);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsHighAccess(uint encoding) => (encoding & 1) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool HasReservedBits(uint encoding) => (encoding & Reserved) != 0;

    /// <summary>The encoding of the high half of a 64-bit field.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint High(uint encoding) => encoding | 1;

    /// <summary>The encoding of the field of which this may be the high half.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Full(uint encoding) => encoding & ~1u;

    /// <summary>Bytes that an access transfers in 64-bit mode: 2, 4 or 8.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Size(uint encoding) =>
        IsHighAccess(encoding)
            ? 4
            : Width(encoding) switch
            {
                Width16 => 2,
                Width32 => 4,
                _ => 8,
            };
}
