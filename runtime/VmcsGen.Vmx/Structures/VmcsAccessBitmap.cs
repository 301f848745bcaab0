using System;

namespace VmcsGen.Vmx.Structures;

/// <summary>
/// A VMREAD bitmap or VMWRITE bitmap, for VMCS shadowing: one page with a bit for each field encoding of 15 bits. VMREAD or VMWRITE
/// of a field whose bit is clear accesses the shadow VMCS instead of causing a VM exit (SDM 3C 25.6.15 and 26.1.3).
/// </summary>
public readonly ref struct VmcsAccessBitmap
{
    private const ulong Covered = 0x7FFF;

    private readonly Span<byte> _page;

    /// <summary>Uses memory of the caller as it is.</summary>
    /// <param name="memory">4096 bytes. The physical address of the page is the VMCS field VmreadBitmap or VmwriteBitmap.</param>
    /// <exception cref="ArgumentException">The memory is not 4096 bytes long.</exception>
    public VmcsAccessBitmap(Span<byte> memory) => _page = VmxPage.Check(memory, "A VMREAD or VMWRITE bitmap");

    /// <summary>Whether an access causes a VM exit: always, if the encoding has more than 15 bits.</summary>
    /// <param name="encoding">The register operand of VMREAD or VMWRITE, which may be no encoding at all.</param>
    public bool Intercepts(ulong encoding) => encoding > Covered || (_page[(int)(encoding / 8)] & Bit(encoding)) != 0;

    /// <inheritdoc cref="Intercepts(ulong)"/>
    public bool Intercepts(VmcsField encoding) => Intercepts((ulong)encoding);

    /// <summary>Makes access to a field cause VM exits.</summary>
    /// <param name="field">The field's encoding. The high half of a 64-bit field has a bit of its own.</param>
    public void Intercept(VmcsField field)
    {
        if ((ulong)field <= Covered)
            _page[(int)((ulong)field / 8)] |= Bit((ulong)field);
    }

    /// <summary>Lets the guest access a field of the shadow VMCS.</summary>
    /// <param name="field">The field's encoding. The high half of a 64-bit field has a bit of its own.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The encoding has more than 15 bits, so that access always causes a VM exit.
    /// </exception>
    public void Allow(VmcsField field)
    {
        if ((ulong)field > Covered)
        {
            throw new ArgumentOutOfRangeException(
                nameof(field),
                $"Access by the encoding 0x{(uint)field:X} always causes a VM exit: encodings have 15 bits."
            );
        }
        _page[(int)((ulong)field / 8)] &= (byte)~Bit((ulong)field);
    }

    /// <summary>Makes access to all fields cause VM exits.</summary>
    public void InterceptAll() => _page.Fill(0xFF);

    /// <summary>Lets the guest access all fields of the shadow VMCS.</summary>
    public void AllowAll() => _page.Clear();

    private static byte Bit(ulong encoding) => (byte)(1 << (int)(encoding & 7));
}
