namespace VmcsGen.Vmx.Kvm;

/// <summary>A memory operand by ModR/M and SIB.</summary>
/// <param name="Segment">Its segment, by prefix or by default.</param>
/// <param name="Base">The base register, -1 if there is none.</param>
/// <param name="Index">The index register, -1 if there is none.</param>
/// <param name="Scale">Shift of the index.</param>
/// <param name="Displacement">The displacement, sign-extended.</param>
/// <param name="IsRipRelative">Whether the displacement counts from the next instruction.</param>
internal readonly record struct GuestMemoryOperand(
    SegmentRegister Segment,
    int Base,
    int Index,
    int Scale,
    long Displacement,
    bool IsRipRelative
);
