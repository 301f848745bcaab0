namespace VmcsGen.Vmx.Fuzz;

/// <summary>How an attempt to enter a guest ends.</summary>
public enum EntryEnd
{
    /// <summary>VMLAUNCH failed, or there was a VM exit.</summary>
    Answered,

    /// <summary>There was no VM exit for as long as one was waited for.</summary>
    NoExit,

    /// <summary>The machine ended.</summary>
    Broken,
}
