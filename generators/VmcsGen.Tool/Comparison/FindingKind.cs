namespace VmcsGen.Tool.Comparison;

/// <summary>What a comparison of specs with headers finds.</summary>
internal enum FindingKind
{
    /// <summary>The header has an item that the specs do not have.</summary>
    Missing,

    /// <summary>An item is another one in the header.</summary>
    Different,

    /// <summary>A part of a spec cannot be understood.</summary>
    Refused,

    /// <summary>The specs have more than the header: they are newer.</summary>
    Newer,

    /// <summary>The header has an item that is left out on purpose.</summary>
    LeftOut,

    /// <summary>The header has an item that specs cannot say.</summary>
    NotExpressible,
}
