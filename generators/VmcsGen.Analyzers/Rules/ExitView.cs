using System;
using Microsoft.CodeAnalysis;

namespace VmcsGen.Analyzers.Rules;

/// <summary>A variable that holds an exit, or a view of its page: of which vCPU, and whether the exit is over.</summary>
/// <param name="vcpu">The variable or field that holds the vCPU.</param>
/// <param name="isOver">Whether it is over on some way that leads here.</param>
internal sealed class ExitView(ISymbol vcpu, bool isOver) : IEquatable<ExitView>
{
    public ISymbol Vcpu => vcpu;

    public bool IsOver => isOver;

    public bool Equals(ExitView? other) => other is not null && isOver == other.IsOver && SymbolEqualityComparer.Default.Equals(vcpu, other.Vcpu);

    public override bool Equals(object? obj) => Equals(obj as ExitView);

    public override int GetHashCode() => SymbolEqualityComparer.Default.GetHashCode(vcpu);
}
