using System;
using Microsoft.CodeAnalysis;

namespace VmcsGen.Analyzers.Rules;

/// <summary>A variable that views memory which another object owns: which, and whether it is over.</summary>
/// <param name="owner">The variable or field that holds the owner.</param>
/// <param name="isOver">Whether it is over on some way that leads here.</param>
internal sealed class View(ISymbol owner, bool isOver) : IEquatable<View>
{
    public ISymbol Owner => owner;

    public bool IsOver => isOver;

    public bool Equals(View? other) =>
        other is not null && isOver == other.IsOver && SymbolEqualityComparer.Default.Equals(owner, other.Owner);

    public override bool Equals(object? obj) => Equals(obj as View);

    public override int GetHashCode() => SymbolEqualityComparer.Default.GetHashCode(owner);
}
