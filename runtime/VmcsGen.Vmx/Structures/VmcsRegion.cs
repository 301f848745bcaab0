using System;
using System.Buffers.Binary;

namespace VmcsGen.Vmx.Structures;

/// <summary>
/// The header of a VMCS region: revision identifier, shadow-VMCS indicator and VMX-abort indicator. The data behind it has a format
/// of the processor's own and is reached by VMREAD and VMWRITE only (SDM 3C 25.2).
/// </summary>
public readonly ref struct VmcsRegion
{
    private readonly Span<byte> _page;

    /// <summary>Uses memory of the caller.</summary>
    /// <param name="memory">4096 bytes. The physical address given to VMPTRLD must be a multiple of 4096.</param>
    /// <exception cref="ArgumentException">The memory is not 4096 bytes long.</exception>
    public VmcsRegion(Span<byte> memory) => _page = VmxPage.Check(memory, "A VMCS region");

    /// <summary>Revision identifier and shadow-VMCS indicator, bytes 3:0.</summary>
    public VmcsRevision Revision
    {
        get => new(BinaryPrimitives.ReadUInt32LittleEndian(_page));
        set => BinaryPrimitives.WriteUInt32LittleEndian(_page, value.Value);
    }

    /// <summary>VMX-abort indicator, bytes 7:4: written by the processor when a VM exit fails for good.</summary>
    public VmxAbort Abort
    {
        get => (VmxAbort)BinaryPrimitives.ReadUInt32LittleEndian(_page[sizeof(uint)..]);
        set => BinaryPrimitives.WriteUInt32LittleEndian(_page[sizeof(uint)..], (uint)value);
    }

    /// <summary>Clears the region and writes the header. The VMCS is ready for VMCLEAR, which must come before VMPTRLD.</summary>
    /// <param name="basic">IA32_VMX_BASIC of the processor.</param>
    /// <param name="shadow">Whether it shall be a shadow VMCS, for a VMCS link pointer.</param>
    public void Initialize(VmxBasic basic, bool shadow = false)
    {
        _page.Clear();
        Revision = new VmcsRevision { RevisionIdentifier = basic.VmcsRevisionIdentifier, ShadowVmcsIndicator = shadow };
    }
}
