namespace VmcsGen.Vmx.Kvm;

/// <summary>What became of a linear address.</summary>
internal enum GuestTranslationOutcome
{
    /// <summary>It has a guest-physical address.</summary>
    Translated,

    /// <summary>The guest's paging structures do not allow the access: a page fault.</summary>
    PageFault,

    /// <summary>EPT does not allow to read the paging structure at the guest-physical address.</summary>
    StructureNotMapped,
}

/// <summary>A linear address on its way to a guest-physical one.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Address">The guest-physical address: of the operand, or of the paging structure.</param>
internal readonly record struct GuestTranslation(GuestTranslationOutcome Outcome, ulong Address);
