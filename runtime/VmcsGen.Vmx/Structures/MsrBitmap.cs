using System;
using System.Diagnostics.CodeAnalysis;

namespace VmcsGen.Vmx.Structures;

/// <summary>
/// The MSR bitmaps: one page that decides which RDMSR and WRMSR of the guest cause VM exits. It covers the MSRs 0 to 1FFFH and
/// C0000000H to C0001FFFH; access to any other MSR always causes a VM exit (SDM 3C 25.6.9).
/// </summary>
/// <example><code>
/// var bitmap = new MsrBitmap(page);
/// bitmap.InterceptAll();
/// bitmap.Allow(0xC0000100);                      // IA32_FS_BASE
/// bitmap.Allow(0x10, MsrAccess.Read);            // IA32_TIME_STAMP_COUNTER
/// </code></example>
public readonly ref struct MsrBitmap
{
    private const uint Count = 0x2000;
    private const uint FirstHigh = 0xC0000000;

    // Four bitmaps of 1 KByte: reads of low MSRs, reads of high MSRs, writes of low MSRs, writes of high MSRs.
    private const int BytesOfOne = (int)Count / 8;

    private readonly Span<byte> _page;

    /// <summary>Uses memory of the caller as it is.</summary>
    /// <param name="memory">4096 bytes. The physical address of the page is the VMCS field MsrBitmap.</param>
    /// <exception cref="ArgumentException">The memory is not 4096 bytes long.</exception>
    public MsrBitmap(Span<byte> memory) => _page = VmxPage.Check(memory, "The MSR bitmap");

    /// <summary>Whether the bitmaps have a bit for an MSR. Access to others always causes a VM exit.</summary>
    /// <param name="msr">The MSR's index.</param>
    public static bool Covers(uint msr) => msr is < Count or >= FirstHigh and < FirstHigh + Count;

    /// <summary>Whether an access to an MSR causes a VM exit: always, if the bitmaps do not cover the MSR.</summary>
    /// <param name="msr">The MSR's index.</param>
    /// <param name="access">The access; of both, whether either does.</param>
    public bool Intercepts(uint msr, MsrAccess access)
    {
        if (!Covers(msr))
            return access != MsrAccess.None;
        var place = Place(msr);
        return ((access & MsrAccess.Read) != 0 && (_page[place] & Bit(msr)) != 0)
            || ((access & MsrAccess.Write) != 0 && (_page[place + (2 * BytesOfOne)] & Bit(msr)) != 0);
    }

    /// <summary>Makes accesses to an MSR cause VM exits. Nothing is left to do for an MSR that the bitmaps do not cover.</summary>
    /// <param name="msr">The MSR's index.</param>
    /// <param name="access">The accesses; others stay as they are.</param>
    public void Intercept(uint msr, MsrAccess access = MsrAccess.ReadWrite)
    {
        if (!Covers(msr))
            return;
        var place = Place(msr);
        if ((access & MsrAccess.Read) != 0)
            _page[place] |= Bit(msr);
        if ((access & MsrAccess.Write) != 0)
            _page[place + (2 * BytesOfOne)] |= Bit(msr);
    }

    /// <summary>Lets the guest access an MSR without VM exits.</summary>
    /// <param name="msr">The MSR's index.</param>
    /// <param name="access">The accesses; others stay as they are.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The bitmaps do not cover the MSR, so that access to it always causes a VM exit.
    /// </exception>
    public void Allow(uint msr, MsrAccess access = MsrAccess.ReadWrite)
    {
        if (!Covers(msr))
            ThrowAlwaysExits(msr);
        var place = Place(msr);
        if ((access & MsrAccess.Read) != 0)
            _page[place] &= (byte)~Bit(msr);
        if ((access & MsrAccess.Write) != 0)
            _page[place + (2 * BytesOfOne)] &= (byte)~Bit(msr);
    }

    /// <summary>Makes all accesses to MSRs cause VM exits.</summary>
    public void InterceptAll() => _page.Fill(0xFF);

    /// <summary>Lets the guest access all MSRs that the bitmaps cover.</summary>
    public void AllowAll() => _page.Clear();

    private static int Place(uint msr) => msr < Count ? (int)(msr / 8) : BytesOfOne + (int)((msr - FirstHigh) / 8);

    private static byte Bit(uint msr) => (byte)(1 << (int)(msr & 7));

    [DoesNotReturn]
    private static void ThrowAlwaysExits(uint msr) =>
        throw new ArgumentOutOfRangeException(
            nameof(msr),
            $"Access to MSR 0x{msr:X} always causes a VM exit: the MSR bitmaps cover 0 to 0x1FFF and 0xC0000000 to 0xC0001FFF. "
                + "Handle the VM exit."
        );
}
