using VmcsGen.Generators.Specs;

namespace VmcsGen.Generators.Abi;

/// <summary>What a layout must be told of the names in the types of members.</summary>
internal interface ICTypeNames
{
    /// <summary>The struct or union of a tag; null when it cannot be used, which is reported.</summary>
    CStructInfo? FindStruct(Spot<string> tag, bool isUnion);

    /// <summary>The enum of a name; null when it cannot be used, which is reported.</summary>
    (string CSharp, int Bits)? FindEnum(Spot<string> name);

    /// <summary>Whether an enum is one that the machine does not have: what it is stated for is a number there.</summary>
    bool IsOfOtherMachine(string name);

    /// <summary>Whether a name is a struct's tag.</summary>
    bool IsStruct(string name);

    /// <summary>The length that stands in the brackets of an array; null when there is none, which is reported.</summary>
    int? Bound(Spot<string> type, CBound bound);
}

/// <summary>What is known about what a member holds.</summary>
internal readonly record struct CStructInfo(string CSharpName, int Size, int Align)
{
    /// <summary>Whether its alignment holds in a packed struct too.</summary>
    public bool KeepsAlignment { get; init; }
}
