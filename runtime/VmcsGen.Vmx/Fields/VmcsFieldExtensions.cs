using System.Runtime.CompilerServices;

namespace VmcsGen.Vmx;

/// <summary>The width of a VMCS field: bits 14:13 of its encoding.</summary>
public enum VmcsFieldWidth
{
    /// <summary>16 bits.</summary>
    Bits16 = 0,

    /// <summary>64 bits, accessible in two halves.</summary>
    Bits64 = 1,

    /// <summary>32 bits.</summary>
    Bits32 = 2,

    /// <summary>The width of the processor's general registers: 64 bits where Intel 64 is supported.</summary>
    Natural = 3,
}

/// <summary>The part of the VMCS that a field belongs to: bits 11:10 of its encoding.</summary>
public enum VmcsFieldType
{
    /// <summary>VM-execution, VM-exit and VM-entry control fields.</summary>
    Control = 0,

    /// <summary>VM-exit information fields, which are read-only.</summary>
    ExitInformation = 1,

    /// <summary>Guest-state area.</summary>
    GuestState = 2,

    /// <summary>Host-state area.</summary>
    HostState = 3,
}

/// <summary>What a VMCS field's encoding says about the field (SDM 3C, "Encodings of VMCS Fields").</summary>
public static class VmcsFieldExtensions
{
    /// <param name="encoding">The encoding.</param>
    extension(VmcsField encoding)
    {
        /// <summary>The field's width.</summary>
        public VmcsFieldWidth Width => (VmcsFieldWidth)VmcsEncodingBits.Width((uint)encoding);

        /// <summary>The part of the VMCS that the field belongs to.</summary>
        public VmcsFieldType Type => (VmcsFieldType)VmcsEncodingBits.Type((uint)encoding);

        /// <summary>The field's index among those of its width and type: bits 9:1.</summary>
        public int Index => VmcsEncodingBits.Index((uint)encoding);

        /// <summary>Bytes that an access by this encoding transfers in 64-bit mode: 2, 4 or 8.</summary>
        public int Size
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => VmcsEncodingBits.Size((uint)encoding);
        }

        /// <summary>Whether VMWRITE refuses the field on processors without the "VMWRITE to any field" capability.</summary>
        public bool IsReadOnly => encoding.Type == VmcsFieldType.ExitInformation;

        /// <summary>Whether the encoding selects the high half of a 64-bit field.</summary>
        public bool IsHighAccess => VmcsEncodingBits.IsHighAccess((uint)encoding);

        /// <summary>Whether the encoding keeps the architecture's rules: reserved bits clear, high access only to a 64-bit field.</summary>
        public bool IsWellFormed
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => !VmcsEncodingBits.HasReservedBits((uint)encoding) && (!encoding.IsHighAccess || encoding.Width == VmcsFieldWidth.Bits64);
        }

        /// <summary>The encoding of the high half of this 64-bit field.</summary>
        public VmcsField High => (VmcsField)VmcsEncodingBits.High((uint)encoding);

        /// <summary>The encoding of the whole field of which this may be the high half.</summary>
        public VmcsField Full => (VmcsField)VmcsEncodingBits.Full((uint)encoding);
    }
}
