using System;

namespace VmcsGen.Vmx.Structures;

/// <summary>Ways to access an MSR.</summary>
[Flags]
public enum MsrAccess
{
    /// <summary>Neither.</summary>
    None = 0,

    /// <summary>RDMSR and the like.</summary>
    Read = 1,

    /// <summary>WRMSR and the like.</summary>
    Write = 2,

    /// <summary>Both.</summary>
    ReadWrite = Read | Write,
}
