using System;

namespace VmcsGen.Vmm;

/// <summary>What the guest is to be told of a connection.</summary>
[Flags]
internal enum VsockTodo
{
    /// <summary>Nothing but bytes.</summary>
    None = 0,

    /// <summary>The host wants it.</summary>
    Request = 1,

    /// <summary>The host has taken it.</summary>
    Response = 2,

    /// <summary>There is room again.</summary>
    CreditUpdate = 4,

    /// <summary>The guest is asked for its room.</summary>
    CreditRequest = 8,

    /// <summary>The host sends no more.</summary>
    Shutdown = 16,

    /// <summary>It is over.</summary>
    Reset = 32,
}
