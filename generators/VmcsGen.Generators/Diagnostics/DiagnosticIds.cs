namespace VmcsGen.Generators.Diagnostics;

/// <summary>Stable ids of the generator's diagnostics. A number is never reused.</summary>
internal static class DiagnosticIds
{
    public const string InvalidYaml = "VMCS0001";
    public const string UnsupportedYaml = "VMCS0002";
    public const string UnknownKind = "VMCS0003";
    public const string UnknownKey = "VMCS0004";
    public const string MissingKey = "VMCS0005";
    public const string DuplicateKey = "VMCS0006";
    public const string WrongValue = "VMCS0007";
    public const string InvalidName = "VMCS0008";
    public const string DuplicateName = "VMCS0009";
    public const string UnknownReference = "VMCS0010";
    public const string AmbiguousReference = "VMCS0011";
    public const string InvalidEncoding = "VMCS0012";
    public const string WidthContradictsType = "VMCS0013";
    public const string DuplicateEncoding = "VMCS0014";
    public const string BitsOutOfRange = "VMCS0015";
    public const string OverlappingBits = "VMCS0016";
    public const string DuplicateValue = "VMCS0017";
    public const string OverlappingLayoutFields = "VMCS0018";
    public const string LayoutFieldOutOfRange = "VMCS0019";
    public const string StructSizeMismatch = "VMCS0020";
    public const string UnknownCType = "VMCS0021";
    public const string EnumSizeMismatch = "VMCS0022";
    public const string InvalidIoctl = "VMCS0023";
    public const string UnfittingSpec = "VMCS0024";
    public const string LessVisibleType = "VMCS0025";
    public const string TooManyMistakes = "VMCS0026";
    public const string FormerKey = "VMCS0027";
    public const string InvalidExpression = "VMCS0040";
    public const string ForbiddenInC = "VMCS0041";
    public const string DuplicateRequest = "VMCS0042";
    public const string OverlappingFlags = "VMCS0043";
    public const string UnknownCapability = "VMCS0044";
    public const string ContradictingReferences = "VMCS0050";
    public const string MissingFile = "VMCS0051";
    public const string CopiedFile = "VMCS0052";
    public const string OldLanguage = "VMCS0053";
    public const string InternalError = "VMCS0099";
}
