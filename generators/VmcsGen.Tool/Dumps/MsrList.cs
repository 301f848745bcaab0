namespace VmcsGen.Tool.Dumps;

/// <summary>What lines of a dump have to do with lists of MSRs.</summary>
internal enum MsrList
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The VM-entry MSR-load area begins.</summary>
    EntryLoad,

    /// <summary>Another area begins, which VM entry does not look at.</summary>
    Other,

    /// <summary>An entry of the area that began before.</summary>
    Entry,
}
