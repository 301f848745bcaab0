using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace VmcsGen.Generators.Diagnostics;

/// <summary>The diagnostics: title, message, severity, cause and cure of each id.</summary>
internal static class Descriptors
{
    private const string Category = "VmcsGen.Specs";

    public static readonly DiagnosticDescriptor InvalidYaml = Error(
        DiagnosticIds.InvalidYaml,
        "The file is not valid YAML",
        "This is not valid YAML: {0}",
        "The text cannot be read as YAML. What stands before the mistake is still generated; what follows is not seen.",
        "Often a bracket or a quotation mark is missing, a tab stands in the indentation, or a text with a colon needs quotation marks."
    );

    public static readonly DiagnosticDescriptor UnsupportedYaml = Error(
        DiagnosticIds.UnsupportedYaml,
        "A YAML feature that specs do not use",
        "Specs are plain data and cannot hold {0}",
        "Anchors, aliases, tags, further documents, keys that are not words, nesting beyond 32 levels and files beyond 1,048,576 characters are refused: what a file costs is bounded by its length.",
        "Write the value out, or divide the file."
    );

    public static readonly DiagnosticDescriptor UnknownKind = Error(
        DiagnosticIds.UnknownKind,
        "Unknown kind of spec",
        "{0} is not a kind of spec; the kinds are {1}.{2}",
        "The key 'kind' says what a file describes, and with it which keys the file has.",
        "State one of the kinds. A file has one; items of another kind go into another file."
    );

    public static readonly DiagnosticDescriptor UnknownKey = Error(
        DiagnosticIds.UnknownKey,
        "Unknown key",
        "This {1} has no key '{0}'.{2} Its keys are {3}.",
        "The key is misspelt, or belongs to another kind of item. It is not ignored, since it was meant to say something.",
        "Use one of the keys that the message lists."
    );

    public static readonly DiagnosticDescriptor MissingKey = Error(
        DiagnosticIds.MissingKey,
        "Missing key",
        "This {0} needs the key '{1}'",
        "Without this key the item cannot be generated. The others are.",
        "Add the key."
    );

    public static readonly DiagnosticDescriptor DuplicateKey = Error(
        DiagnosticIds.DuplicateKey,
        "Key given twice",
        "The key '{0}' is given twice in this {1}: remove one",
        "A mapping holds a key once; it is not clear which of the two is meant.",
        "Remove one of them."
    );

    public static readonly DiagnosticDescriptor WrongValue = Error(
        DiagnosticIds.WrongValue,
        "Unusable value",
        "{0} cannot be the value of '{1}', which is {2}.{3}",
        "The value has another form than the key needs. Numbers and true or false stand without quotation marks, and a version such as \"6.18\" with them.",
        "Write a value of the form that the message names."
    );

    public static readonly DiagnosticDescriptor InvalidName = Error(
        DiagnosticIds.InvalidName,
        "Unusable name",
        "'{0}' cannot be a name here: {1}",
        "Names become C# names as they are, in the letters that C has too. Those of KVM structs, members and constants are the kernel's and are translated.",
        "Choose another name, and put the original one into 'linux' or 'sdm'."
    );

    public static readonly DiagnosticDescriptor DuplicateName = Error(
        DiagnosticIds.DuplicateName,
        "Name already taken",
        "The name '{0}' is already taken by {1}: choose another{2}",
        "Two items, or two members of one item, would have the same name in C#. Types have different names even in different namespaces, because specs refer to them by name alone. A type of the project's own C# has its name too, where the code of the spec goes; one that is `partial` counts as a part of the emitted type.",
        "Choose another name. For KVM items 'csharp' states one without touching the kernel's."
    );

    public static readonly DiagnosticDescriptor UnknownReference = Error(
        DiagnosticIds.UnknownReference,
        "Unknown reference",
        "There is no {0} '{1}', neither built in nor in this project's specs.{2}",
        "The name is misspelt, or the file that declares it is not a spec of the project. What has a mistake is reported there, and not at each reference.",
        "Write a name that exists, or declare the item."
    );

    public static readonly DiagnosticDescriptor AmbiguousReference = Error(
        DiagnosticIds.AmbiguousReference,
        "Ambiguous reference",
        "Several control words have a bit '{0}': write one of {1}",
        "A control bit may be named alone only where one control word has it.",
        "Write the control word in front, with a dot."
    );

    public static readonly DiagnosticDescriptor InvalidEncoding = Error(
        DiagnosticIds.InvalidEncoding,
        "Invalid VMCS field encoding",
        "{0} is not a VMCS field encoding: {1}",
        "Bits 31:15 and 12 of an encoding are reserved, and bit 0 selects the high half of a 64-bit field (SDM 3C, appendix B).",
        "State the encoding of the whole field. The high half is derived."
    );

    public static readonly DiagnosticDescriptor WidthContradictsType = Error(
        DiagnosticIds.WidthContradictsType,
        "Encoding and type contradict each other",
        "The encoding {1} of '{0}' says {2}, but its type {3} has {4} bits: change one, or leave the type out to get {5}",
        "Bits 14:13 of an encoding say the field's width, and its type must have that width.",
        "Change the encoding or the type."
    );

    public static readonly DiagnosticDescriptor DuplicateEncoding = Error(
        DiagnosticIds.DuplicateEncoding,
        "Encoding already taken",
        "The encoding {0} of '{1}' already belongs to {2}",
        "VMREAD and VMWRITE tell fields apart by their encodings alone.",
        "Choose an encoding that is free. If the field is the built-in one, use that."
    );

    public static readonly DiagnosticDescriptor BitsOutOfRange = Error(
        DiagnosticIds.BitsOutOfRange,
        "Bits outside of their type",
        "'{0}' does not fit into {1} bits",
        "The part lies outside of its bit-field, or a C bit-field is wider than its type.",
        "Correct the bits, or the size."
    );

    public static readonly DiagnosticDescriptor OverlappingBits = Error(
        DiagnosticIds.OverlappingBits,
        "Overlapping bits",
        "'{0}' overlaps '{1}' in '{2}'",
        "Two parts claim the same bits. Bits that other files add to a bit-field count too.",
        "Move one of them, or make the two one part with an enum."
    );

    public static readonly DiagnosticDescriptor DuplicateValue = Error(
        DiagnosticIds.DuplicateValue,
        "Value given twice",
        "In '{0}', '{1}' and '{2}' have the same value {3}",
        "An enum of the kind 'enums' has one name for a value, so that the value can be shown by name.",
        "Remove one. Where a header has two names for a value, use the kind 'kvm-constants'."
    );

    public static readonly DiagnosticDescriptor OverlappingLayoutFields = Error(
        DiagnosticIds.OverlappingLayoutFields,
        "Overlapping layout fields",
        "'{0}' at bytes {1} to {2} overlaps '{3}' at bytes {4} to {5} of '{6}' (ends not included)",
        "Two members of a layout claim the same bytes.",
        "Correct an offset. A field has the size that its encoding says; natural width takes 8 bytes."
    );

    public static readonly DiagnosticDescriptor LayoutFieldOutOfRange = Error(
        DiagnosticIds.LayoutFieldOutOfRange,
        "Layout field outside of its layout",
        "'{0}' needs {1} bytes at offset {2}, but '{3}' has {4} bytes in all",
        "The member ends behind the end of the layout.",
        "Correct the offset or the layout's size."
    );

    public static readonly DiagnosticDescriptor StructSizeMismatch = Error(
        DiagnosticIds.StructSizeMismatch,
        "Struct size does not match its members",
        "'struct {0}' is stated to have {1} bytes, but its members make {2} by the C layout rules: a member is missing, too many, or has another type",
        "The size is stated to be compared with what the members make on x86-64, padding included: a forgotten member shows at once.",
        "Compare with the header; a C compiler's sizeof is the judge. Explicit padding must be listed."
    );

    public static readonly DiagnosticDescriptor UnknownCType = Error(
        DiagnosticIds.UnknownCType,
        "Unknown C type",
        "'{0}' is not a C type that specs know.{1}",
        "Members have C's integer types and the kernel's (docs/specs.md lists them), pointers, structs, unions, and arrays of these.",
        "Write the type as the kernel's header does. A typedef is written as what it stands for. The argument of an ioctl is an integer or a "
            + "struct: for an array, describe a struct with the array as its member."
    );

    public static readonly DiagnosticDescriptor EnumSizeMismatch = Error(
        DiagnosticIds.EnumSizeMismatch,
        "Enum does not fit the member",
        "The enum '{0}' has {1} bits, but the member '{2}' has {3}",
        "A member shown as an enum keeps its bytes, so the two have one size.",
        "Give the enum the member's size, or choose another enum."
    );

    public static readonly DiagnosticDescriptor InvalidIoctl = Error(
        DiagnosticIds.InvalidIoctl,
        "Invalid ioctl",
        "'{0}': {1}",
        "What is said about the ioctl does not make a call.",
        "The message says what is missing or contradictory."
    );

    public static readonly DiagnosticDescriptor UnfittingSpec = Error(
        DiagnosticIds.UnfittingSpec,
        "Item does not fit",
        "{0}",
        "Each part is right by itself, but together they make no sense, or there is nothing that they could generate.",
        "The message says what to change."
    );

    public static readonly DiagnosticDescriptor LessVisibleType = Error(
        DiagnosticIds.LessVisibleType,
        "Type is less visible",
        "'{0}' is public, but '{1}', which it shows, is internal: state 'visibility: public' in {2} too, or leave it out here",
        "A public type or method of an assembly cannot have a member of an internal type.",
        "Give both files the same visibility."
    );

    public static readonly DiagnosticDescriptor TooManyMistakes = Error(
        DiagnosticIds.TooManyMistakes,
        "Too many mistakes",
        "There are {0} more mistakes from here on: mend those above first",
        "A hundred mistakes of a file are shown.",
        "Often one of the first is the cause of the others."
    );

    public static readonly DiagnosticDescriptor FormerKey = Warning(
        DiagnosticIds.FormerKey,
        "Key has another name now",
        "The key '{0}' is called '{1}' now",
        "The former name is still understood. For readers of YAML 1.1, the key 'on' is not a word but true.",
        "Write the new name."
    );

    public static readonly DiagnosticDescriptor InvalidExpression = Error(
        DiagnosticIds.InvalidExpression,
        "Expression without a value",
        "'{0}' cannot be computed: {1}",
        "Values of constants and lengths of arrays are numbers, names of constants, or expressions of them with the operators of C: | ^ & << >> + - * / % ~ and parentheses.",
        "The message says what is wrong, at its column."
    );

    public static readonly DiagnosticDescriptor ForbiddenInC = Error(
        DiagnosticIds.ForbiddenInC,
        "Not possible in C",
        "{0}",
        "What the spec says could not stand in a C header, so a member or a key does not say what the header says.",
        "Compare with the header, or do what the message says."
    );

    public static readonly DiagnosticDescriptor DuplicateRequest = Warning(
        DiagnosticIds.DuplicateRequest,
        "Two ioctls of one number",
        "'{0}' has the request number {1}, as '{2}' has for the same descriptor: the kernel cannot tell them apart",
        "Direction, type, number and size of the argument make the request number, and two ioctls of one descriptor have the same.",
        "Compare 'number', 'direction' and 'argument' with the header. If the kernel really has two names, leave one out."
    );

    public static readonly DiagnosticDescriptor OverlappingFlags = Warning(
        DiagnosticIds.OverlappingFlags,
        "Flags with common bits",
        "'{0}' and '{1}' of '{2}' have bit {3} in common: for a mask or a second name, say why with 'overlaps'",
        "The flags of a group have bits of their own; only one that is nothing but others together needs none.",
        "Correct the value. For a mask or a second name, say why with 'overlaps'."
    );

    public static readonly DiagnosticDescriptor UnknownCapability = Warning(
        DiagnosticIds.UnknownCapability,
        "Unknown capability",
        "There is no constant '{0}', neither built in nor in this project's specs.{1}",
        "The key 'capability' names the constant by which a kernel announces the item.",
        "Write a name that exists, or declare the constant in a spec of the kind 'kvm-constants'."
    );

    public static readonly DiagnosticDescriptor ContradictingReferences = Warning(
        DiagnosticIds.ContradictingReferences,
        "Referenced assemblies contradict each other",
        "Referenced assemblies contradict each other: {0}. The second is left out here.",
        "The assemblies were made of specs that do not know each other. Fields with one encoding, or parts of one bit, cannot be told apart in a VMCS.",
        "Change one of the two, or reference only one of them."
    );

    public static readonly DiagnosticDescriptor MissingFile = Error(
        DiagnosticIds.MissingFile,
        "The file is missing",
        "There is no such file, or it cannot be read: correct the VmcsSpec item that names it",
        "The project names a spec that the compiler could not read.",
        "Correct the path in the project file, or create the file."
    );

    public static readonly DiagnosticDescriptor CopiedFile = Error(
        DiagnosticIds.CopiedFile,
        "Copy of another spec",
        "This file says the same as {0}, and is left out: remove the copy, or keep it out with <VmcsSpec Remove=\"…\" />",
        "Files called *.vmcs.yaml anywhere below the project are specs, and this one is a copy: often in a folder that a program was published into.",
        "Remove the copy, publish into a folder outside of the project, or leave the folder out in the project file."
    );

    public static readonly DiagnosticDescriptor OldLanguage = Error(
        DiagnosticIds.OldLanguage,
        "The C# version is too old",
        "Specs need C# 14, and this project is compiled as C# {0}: remove LangVersion from the project file, and use the .NET 10 SDK",
        "Generated code has extension members, which C# has had since version 14. Nothing is generated.",
        "Remove LangVersion, or set it to 14 or latest."
    );

    public static readonly DiagnosticDescriptor InternalError = Error(
        DiagnosticIds.InternalError,
        "Internal error of the generator",
        "The generator failed on this file, which is a mistake of the generator: please report it with the file. {0}",
        "Something happened that the generator does not expect. Only this file's output is missing.",
        "Report it with the file. To go on meanwhile, change or remove what was added last."
    );

    /// <summary>All diagnostics, in the order of their ids.</summary>
    public static readonly IReadOnlyList<DiagnosticDescriptor> All =
    [
        InvalidYaml,
        UnsupportedYaml,
        UnknownKind,
        UnknownKey,
        MissingKey,
        DuplicateKey,
        WrongValue,
        InvalidName,
        DuplicateName,
        UnknownReference,
        AmbiguousReference,
        InvalidEncoding,
        WidthContradictsType,
        DuplicateEncoding,
        BitsOutOfRange,
        OverlappingBits,
        DuplicateValue,
        OverlappingLayoutFields,
        LayoutFieldOutOfRange,
        StructSizeMismatch,
        UnknownCType,
        EnumSizeMismatch,
        InvalidIoctl,
        UnfittingSpec,
        LessVisibleType,
        TooManyMistakes,
        FormerKey,
        InvalidExpression,
        ForbiddenInC,
        DuplicateRequest,
        OverlappingFlags,
        UnknownCapability,
        ContradictingReferences,
        MissingFile,
        CopiedFile,
        OldLanguage,
        InternalError,
    ];

    private static readonly Dictionary<string, DiagnosticDescriptor> ById = All.ToDictionary(static d => d.Id);

    public static DiagnosticDescriptor Get(string id) => ById[id];

    private static DiagnosticDescriptor Error(string id, string title, string message, string cause, string cure) =>
        Of(DiagnosticSeverity.Error, id, title, message, cause, cure);

    /// <summary>What is not as it should be, though it is clear what it means: the item is generated.</summary>
    private static DiagnosticDescriptor Warning(string id, string title, string message, string cause, string cure) =>
        Of(DiagnosticSeverity.Warning, id, title, message, cause, cure);

    // The description has the cause in its first line and the cure in its second: docs/diagnostics.md takes both from there.
    private static DiagnosticDescriptor Of(
        DiagnosticSeverity severity,
        string id,
        string title,
        string message,
        string cause,
        string cure
    ) => new(id, title, message, Category, severity, isEnabledByDefault: true, $"{cause}\n{cure}", HelpLinks.Of(id));
}
