using System;
using System.Buffers.Binary;

namespace VmcsGen.Vmx.Structures;

/// <summary>
/// The VMXON region, whose page software gives to the processor with VMXON. Software writes only the revision identifier; the rest
/// is the processor's (SDM 3C 25.11.5).
/// </summary>
public readonly ref struct VmxonRegion
{
    private readonly Span<byte> _page;

    /// <summary>Uses memory of the caller.</summary>
    /// <param name="memory">4096 bytes. The physical address given to VMXON must be a multiple of 4096.</param>
    /// <exception cref="ArgumentException">The memory is not 4096 bytes long.</exception>
    public VmxonRegion(Span<byte> memory) => _page = VmxPage.Check(memory, "A VMXON region");

    /// <summary>The revision identifier. VMXON fails if it is not the processor's.</summary>
    public uint RevisionIdentifier => BinaryPrimitives.ReadUInt32LittleEndian(_page);

    /// <summary>Clears the region and writes the revision identifier.</summary>
    /// <param name="basic">IA32_VMX_BASIC of the processor.</param>
    public void Initialize(VmxBasic basic)
    {
        _page.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(_page, basic.VmcsRevisionIdentifier);
    }
}
