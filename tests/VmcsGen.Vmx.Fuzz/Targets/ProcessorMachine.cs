using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>Any processor, which tries one case after the other and answers each.</summary>
/// <param name="target">The processor.</param>
public sealed class ProcessorMachine(EntryTarget target) : IEntryMachine
{
    public EntryTarget Target => target;

    public IReadOnlyList<EntryObservation> Observe(IReadOnlyList<FuzzCase> cases, IReadOnlyList<EntryExpectation> expectations) =>
        [.. cases.Select(ObserveAlone)];

    public EntryObservation ObserveAlone(FuzzCase one) => target.Observe(one);
}
