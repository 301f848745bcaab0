using System;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace VmcsGen.Analyzers.Flow;

/// <summary>What is known of variables at one place of a method. A variable of which nothing is known is absent.</summary>
/// <typeparam name="TFact">What can be known of a variable; compared by value.</typeparam>
internal readonly struct Facts<TFact>(ImmutableDictionary<ISymbol, TFact> known)
    where TFact : class, IEquatable<TFact>
{
    public static Facts<TFact> None { get; } = new(ImmutableDictionary.Create<ISymbol, TFact>(SymbolEqualityComparer.Default));

    public ImmutableDictionary<ISymbol, TFact> Known => known;

    public TFact? this[ISymbol variable] => known.TryGetValue(variable, out var fact) ? fact : null;

    public Facts<TFact> With(ISymbol variable, TFact? fact) => new(fact is null ? known.Remove(variable) : known.SetItem(variable, fact));

    /// <summary>What is known where two ways meet.</summary>
    public Facts<TFact> Join(Facts<TFact> other, Func<TFact?, TFact?, TFact?> join)
    {
        var joined = this;
        foreach (var pair in known)
            joined = joined.With(pair.Key, join(pair.Value, other[pair.Key]));
        foreach (var pair in other.Known)
        {
            if (!known.ContainsKey(pair.Key))
                joined = joined.With(pair.Key, join(null, pair.Value));
        }
        return joined;
    }

    public bool SameAs(Facts<TFact> other)
    {
        if (known.Count != other.Known.Count)
            return false;
        foreach (var pair in known)
        {
            if (other[pair.Key] is not { } fact || !fact.Equals(pair.Value))
                return false;
        }
        return true;
    }
}
