using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;

namespace VmcsGen.Analyzers.Rules;

/// <summary>The exit reasons that are possible.</summary>
internal sealed class ReasonSet(ImmutableHashSet<ulong> reasons) : IEquatable<ReasonSet>
{
    public ReasonSet(IEnumerable<ulong> reasons)
        : this(reasons.ToImmutableHashSet()) { }

    public IEnumerable<ulong> Reasons => reasons.OrderBy(static reason => reason);

    public bool IsEmpty => reasons.IsEmpty;

    public ReasonSet Union(ReasonSet other) => new(reasons.Union(other.Reasons));

    public ReasonSet Intersect(ReasonSet other) => new(reasons.Intersect(other.Reasons));

    public ReasonSet Except(ReasonSet other) => new(reasons.Except(other.Reasons));

    public bool Overlaps(ReasonSet other) => reasons.Overlaps(other.Reasons);

    public bool Equals(ReasonSet? other) => other is not null && reasons.SetEquals(other.Reasons);

    public override bool Equals(object? obj) => Equals(obj as ReasonSet);

    public override int GetHashCode() => reasons.Count;
}
