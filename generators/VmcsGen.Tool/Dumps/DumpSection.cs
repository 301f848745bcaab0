namespace VmcsGen.Tool.Dumps;

/// <summary>The parts of a dump, in their order. The same words may stand for a field of the guest's or of the host's.</summary>
internal enum DumpSection
{
    /// <summary>Not known: the dump begins in its middle.</summary>
    Unknown,

    /// <summary>Guest state.</summary>
    Guest,

    /// <summary>Host state.</summary>
    Host,

    /// <summary>Controls and VM-exit information.</summary>
    Control,
}
