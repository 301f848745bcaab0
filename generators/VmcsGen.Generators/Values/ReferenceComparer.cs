using System.Collections.Generic;
using System.Runtime.CompilerServices;

namespace VmcsGen.Generators.Values;

/// <summary>Tells objects apart by what they are, not by what they hold: an item with many parts is not read through to be found.</summary>
internal sealed class ReferenceComparer<T> : IEqualityComparer<T>
    where T : class
{
    public static readonly ReferenceComparer<T> Instance = new();

    public bool Equals(T? x, T? y) => ReferenceEquals(x, y);

    public int GetHashCode(T obj) => RuntimeHelpers.GetHashCode(obj);
}
