using System.Collections.Generic;

namespace VmcsGen.Kvm;

/// <summary>Bytes in guest memory that are not the guest's, such as a debugger's INT3, and can be taken out for a while.</summary>
internal interface IMemoryPatch
{
    /// <summary>Puts back what is the guest's.</summary>
    /// <param name="lifted">Receives the guest physical addresses where something was put back.</param>
    void Lift(List<ulong> lifted);

    /// <summary>Ends the lifting.</summary>
    /// <param name="lifted">The addresses, of other patches too.</param>
    void Lower(List<ulong> lifted);
}
