using System.Collections.Generic;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>Something that tries cases: a machine that may have to be replaced, or a processor that outlives them all.</summary>
public interface IEntryMachine
{
    /// <summary>The processor.</summary>
    EntryTarget Target { get; }

    /// <summary>Tries cases; gives what became of each, in order.</summary>
    /// <param name="cases">The cases.</param>
    /// <param name="expectations">How each should end.</param>
    IReadOnlyList<EntryObservation> Observe(IReadOnlyList<FuzzCase> cases, IReadOnlyList<EntryExpectation> expectations);

    /// <summary>Tries a case by itself.</summary>
    EntryObservation ObserveAlone(FuzzCase one);
}
