using System;
using System.Buffers.Binary;

namespace VmcsGen.Vmx.Entry;

/// <summary>SDM 3C 27.3.1.5: the VMCS link pointer, which counts unless it is all ones.</summary>
internal static class LinkPointerRules
{
    private const VmcsField Field = VmcsField.VmcsLinkPointer;
    private const ulong None = ulong.MaxValue;
    private const ulong PageOffset = 0xFFF;
    private const uint ShadowIndicator = 1u << 31;

    // SDM 3C 27.8.
    private const ulong Qualification = 4;

    internal static RuleSet Set { get; } =
        new(VmEntryStage.GuestState, "SDM 3C 27.3.1.5")
        {
            VmcsLinkPointerAlignment,
            VmcsLinkPointerPhysicalAddress,
            VmcsLinkPointerRevisionIdentifier,
            VmcsLinkPointerShadowIndicator,
            VmcsLinkPointerNotCurrentVmcs,
            VmcsLinkPointerNotExecutiveVmcs,
        };

    private static ulong Pointer(VmEntryState state) => state.Vmcs.VmcsLinkPointer;

    private static void VmcsLinkPointerAlignment(VmEntryState state)
    {
        if (Pointer(state) != None && (Pointer(state) & PageOffset) is var bits and not 0)
        {
            state.Violate(
                Qualification,
                $"{RegisterBits.Name(bits)} of the VMCS link pointer must be 0.",
                "Write FFFFFFFFFFFFFFFFH if there is no shadow VMCS, or the address of its page.",
                Field
            );
        }
    }

    private static void VmcsLinkPointerPhysicalAddress(VmEntryState state)
    {
        if (Pointer(state) != None && (Pointer(state) & state.BeyondStructureWidth) is var bits and not 0)
        {
            state.Violate(
                Qualification,
                $"{RegisterBits.Name(bits)} of the VMCS link pointer must be 0: they lie beyond the physical-address width.",
                "Write FFFFFFFFFFFFFFFFH if there is no shadow VMCS, or the address of its page.",
                Field
            );
        }
    }

    private static void VmcsLinkPointerRevisionIdentifier(VmEntryState state)
    {
        var expected = state.Capabilities.Basic.VmcsRevisionIdentifier;
        if (TryReadHeader(state, out var header) && (header & ~ShadowIndicator) != expected)
        {
            state.Violate(
                Qualification,
                $"The VMCS that the link pointer refers to has the revision identifier 0x{header & ~ShadowIndicator:X}.",
                $"Write 0x{expected:X}, from IA32_VMX_BASIC, to its first 4 bytes.",
                Field
            );
        }
    }

    private static void VmcsLinkPointerShadowIndicator(VmEntryState state)
    {
        var expected = state.Secondary.VmcsShadowing;
        if (TryReadHeader(state, out var header) && (header & ShadowIndicator) != 0 != expected)
        {
            var found = expected ? "an ordinary VMCS although VmcsShadowing is 1" : "a shadow VMCS although VmcsShadowing is 0";
            state.Violate(
                Qualification,
                $"The link pointer refers to {found}.",
                $"{(expected ? "Set" : "Clear")} bit 31 of its first 4 bytes, or change VmcsShadowing.",
                Field,
                VmcsField.SecondaryProcessorBasedControls
            );
        }
    }

    private static void VmcsLinkPointerNotCurrentVmcs(VmEntryState state)
    {
        if ((!state.Context.IsInSmm || state.Entry.EntryToSmm) && Pointer(state) != None && Pointer(state) == state.CurrentVmcs)
        {
            state.Violate(
                Qualification,
                "The VMCS link pointer refers to the current VMCS.",
                "Write FFFFFFFFFFFFFFFFH, or the address of another VMCS.",
                Field
            );
        }
    }

    private static void VmcsLinkPointerNotExecutiveVmcs(VmEntryState state)
    {
        if (state.Context.IsInSmm && !state.Entry.EntryToSmm && Pointer(state) != None && Pointer(state) == state.Vmcs.ExecutiveVmcsPointer)
        {
            state.Violate(
                Qualification,
                "The VMCS link pointer equals the executive-VMCS pointer.",
                "Write FFFFFFFFFFFFFFFFH, or the address of another VMCS.",
                Field,
                VmcsField.ExecutiveVmcsPointer
            );
        }
    }

    private static bool TryReadHeader(VmEntryState state, out uint header)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        header = 0;
        if ((Pointer(state) & (PageOffset | state.BeyondStructureWidth)) != 0 || !state.TryReadMemory(Pointer(state), bytes))
            return false;
        header = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        return true;
    }
}
