using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace VmcsGen.Generators.Diagnostics;

/// <summary>The diagnostics: title, message and severity of each id.</summary>
internal static class Descriptors
{
    private const string Category = "VmcsGen.Specs";

    public static readonly DiagnosticDescriptor InvalidYaml = Error(DiagnosticIds.InvalidYaml, "The file is not valid YAML", "This is not valid YAML: {0}");
    public static readonly DiagnosticDescriptor UnsupportedYaml = Error(DiagnosticIds.UnsupportedYaml, "A YAML feature that specs do not use", "Specs are plain data and cannot hold {0}");
    public static readonly DiagnosticDescriptor UnknownKind = Error(DiagnosticIds.UnknownKind, "Unknown kind of spec", "'{0}' is no kind of spec; the kinds are {1}.{2}");
    public static readonly DiagnosticDescriptor UnknownKey = Error(DiagnosticIds.UnknownKey, "Unknown key", "This {1} has no key '{0}'.{2} Its keys are {3}.");
    public static readonly DiagnosticDescriptor MissingKey = Error(DiagnosticIds.MissingKey, "Missing key", "This {0} needs the key '{1}'");
    public static readonly DiagnosticDescriptor DuplicateKey = Error(DiagnosticIds.DuplicateKey, "Key given twice", "The key '{0}' is given twice in this {1}: remove one");
    public static readonly DiagnosticDescriptor WrongValue = Error(DiagnosticIds.WrongValue, "Unusable value", "{0} cannot be the value of '{1}', which is {2}.{3}");
    public static readonly DiagnosticDescriptor InvalidName = Error(DiagnosticIds.InvalidName, "Not a C# name", "'{0}' cannot be a name in C#: use letters, digits and underscores, begin with a letter, and avoid keywords");
    public static readonly DiagnosticDescriptor DuplicateName = Error(DiagnosticIds.DuplicateName, "Name already taken", "The name '{0}' is already taken: choose another");
    public static readonly DiagnosticDescriptor UnknownReference = Error(DiagnosticIds.UnknownReference, "Unknown reference", "There is no {0} '{1}', neither built in nor in this project's specs.{2}");
    public static readonly DiagnosticDescriptor AmbiguousReference = Error(DiagnosticIds.AmbiguousReference, "Ambiguous reference", "Several control words have a bit '{0}': write one of {1}");
    public static readonly DiagnosticDescriptor InvalidEncoding = Error(DiagnosticIds.InvalidEncoding, "Invalid VMCS field encoding", "{0} is no VMCS field encoding: {1}");
    public static readonly DiagnosticDescriptor WidthContradictsType = Error(DiagnosticIds.WidthContradictsType, "Encoding and type contradict each other", "The encoding {1} of '{0}' says {2}, but its type {3} has {4} bits: change one, or leave the type out to get {5}");
    public static readonly DiagnosticDescriptor DuplicateEncoding = Error(DiagnosticIds.DuplicateEncoding, "Encoding already taken", "The encoding {0} of '{1}' already belongs to the VMCS field '{2}'");
    public static readonly DiagnosticDescriptor BitsOutOfRange = Error(DiagnosticIds.BitsOutOfRange, "Bits outside of their type", "'{0}' does not fit into {1} bits");
    public static readonly DiagnosticDescriptor OverlappingBits = Error(DiagnosticIds.OverlappingBits, "Overlapping bits", "'{0}' overlaps '{1}' in '{2}'");
    public static readonly DiagnosticDescriptor DuplicateValue = Error(DiagnosticIds.DuplicateValue, "Value given twice", "In '{0}', '{1}' and '{2}' have the same value {3}");
    public static readonly DiagnosticDescriptor OverlappingLayoutFields = Error(DiagnosticIds.OverlappingLayoutFields, "Overlapping layout fields", "'{0}' at bytes {1} to {2} overlaps '{3}' at bytes {4} to {5} of '{6}' (ends not included)");
    public static readonly DiagnosticDescriptor LayoutFieldOutOfRange = Error(DiagnosticIds.LayoutFieldOutOfRange, "Layout field outside of its layout", "'{0}' needs {1} bytes at offset {2}, but '{3}' has {4} bytes in all");
    public static readonly DiagnosticDescriptor StructSizeMismatch = Error(DiagnosticIds.StructSizeMismatch, "Struct size does not match its members", "'struct {0}' is stated to have {1} bytes, but its members make {2} by the C layout rules: a member is missing, too many, or has another type");
    public static readonly DiagnosticDescriptor UnknownCType = Error(DiagnosticIds.UnknownCType, "Unknown C type", "'{0}' is no C type that specs know.{1}");
    public static readonly DiagnosticDescriptor EnumSizeMismatch = Error(DiagnosticIds.EnumSizeMismatch, "Enum does not fit the member", "The enum '{0}' has {1} bits, but the member '{2}' has {3}");
    public static readonly DiagnosticDescriptor InvalidIoctl = Error(DiagnosticIds.InvalidIoctl, "Invalid ioctl", "'{0}': {1}");
    public static readonly DiagnosticDescriptor UnfittingSpec = Error(DiagnosticIds.UnfittingSpec, "Item does not fit", "{0}");
    public static readonly DiagnosticDescriptor InternalError = Error(DiagnosticIds.InternalError, "Internal error of the generator", "The generator failed on this file, which is a mistake of the generator: please report it with the file. {0}");

    private static readonly Dictionary<string, DiagnosticDescriptor> ById = new[]
    {
        InvalidYaml, UnsupportedYaml, UnknownKind, UnknownKey, MissingKey, DuplicateKey, WrongValue, InvalidName, DuplicateName, UnknownReference,
        AmbiguousReference, InvalidEncoding, WidthContradictsType, DuplicateEncoding, BitsOutOfRange, OverlappingBits, DuplicateValue,
        OverlappingLayoutFields, LayoutFieldOutOfRange, StructSizeMismatch, UnknownCType, EnumSizeMismatch, InvalidIoctl, UnfittingSpec, InternalError,
    }.ToDictionary(static d => d.Id);

    public static IEnumerable<DiagnosticDescriptor> All => ById.Values;

    public static DiagnosticDescriptor Get(string id) => ById[id];

    private static DiagnosticDescriptor Error(string id, string title, string message) =>
        new(id, title, message, Category, DiagnosticSeverity.Error, isEnabledByDefault: true);
}
