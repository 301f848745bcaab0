using System;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using VmcsGen.Analyzers.Flow;

namespace VmcsGen.Analyzers.Rules;

/// <summary>Which variables view what an owner may have taken back: spans, references and ref structs made of them.</summary>
/// <param name="rule">What is reported of their use; its message names the variable and the owner.</param>
internal abstract class ViewLifetimeFlow(DiagnosticDescriptor rule) : FlowAnalysis<View>
{
    /// <summary>The owner whose views a call ends, or null.</summary>
    protected abstract ISymbol? EndedBy(IInvocationOperation call);

    /// <summary>The owner of the view that an operation makes, or null if it makes none.</summary>
    protected abstract ISymbol? OwnerOf(IOperation operation);

    /// <summary>What else a call tells that ends views.</summary>
    protected virtual Facts<View> AfterEnd(IInvocationOperation call, ISymbol owner, Facts<View> facts) => facts;

    protected sealed override View? Join(View? left, View? right)
    {
        if (left is null || right is null)
            return left ?? right;
        // Of one owner or the other: not worth a guess.
        if (!SymbolEqualityComparer.Default.Equals(left.Owner, right.Owner))
            return null;
        return left.IsOver ? left : right;
    }

    protected sealed override Facts<View> Visit(IOperation operation, Facts<View> facts, Action<Diagnostic>? report)
    {
        switch (operation)
        {
            case ISimpleAssignmentOperation assignment when VariableOf(assignment.Target) is { } target:
                if (!assignment.IsRef && target is ILocalSymbol { IsRef: true })
                    return facts; // What the reference leads to changes, not the reference.
                facts = Forget(target, facts);
                return assignment.IsRef || assignment.Target.Type is { IsRefLikeType: true }
                    ? facts.With(target, ViewIn(assignment.Value, facts))
                    : facts;
            case IInvocationOperation call when EndedBy(call) is { } owner:
                foreach (var view in facts.Known.Where(view => SymbolEqualityComparer.Default.Equals(view.Value.Owner, owner)))
                    facts = facts.With(view.Key, new(owner, isOver: true));
                return AfterEnd(call, owner, facts);
            case IInvocationOperation call:
                foreach (var argument in call.Arguments)
                {
                    if (
                        argument.Parameter is { RefKind: RefKind.Out or RefKind.Ref }
                        && VariableOf(OutVariable(argument.Value)) is { } written
                    )
                        facts = Forget(written, facts);
                }
                return facts;
            case ILocalReferenceOperation
            or IParameterReferenceOperation
                when IsUse(operation) && operation.LocalOrParameter() is { } variable && facts[variable] is { IsOver: true } stale:
                report?.Invoke(Diagnostic.Create(rule, operation.Syntax.GetLocation(), variable.Name, stale.Owner.Name));
                return facts;
            default:
                return facts;
        }
    }

    protected static IOperation OutVariable(IOperation argument) =>
        argument is IDeclarationExpressionOperation declaration ? declaration.Expression : argument;

    /// <summary>The variable or field that holds an owner.</summary>
    protected ISymbol? Holder(IOperation? operation) =>
        operation is null
            ? null
            : Resolve(operation) switch
            {
                IFieldReferenceOperation { Instance: null or IInstanceReferenceOperation } field => field.Field,
                var other => other.LocalOrParameter(),
            };

    // A variable that gets another value is no longer the owner of earlier views.
    private static Facts<View> Forget(ISymbol variable, Facts<View> facts)
    {
        foreach (var view in facts.Known.Where(view => SymbolEqualityComparer.Default.Equals(view.Value.Owner, variable)))
            facts = facts.With(view.Key, null);
        return facts.With(variable, null);
    }

    private static bool IsUse(IOperation operation) =>
        operation.Parent switch
        {
            ISimpleAssignmentOperation { IsRef: false } assignment when operation is ILocalReferenceOperation { Local.IsRef: true } => true,
            ISimpleAssignmentOperation assignment => assignment.Target != operation,
            IArgumentOperation argument => argument.Parameter?.RefKind != RefKind.Out,
            IDeclarationExpressionOperation => false,
            _ => true,
        };

    // vcpu.Run(), or vcpu.Run().Io.Data, or a view of a view.
    private View? ViewIn(IOperation value, Facts<View> facts)
    {
        for (var operation = Resolve(value); ; )
        {
            if (operation.LocalOrParameter() is { } variable)
                return facts[variable];
            if (OwnerOf(operation) is { } owner)
                return new(owner, isOver: false);
            var instance = operation switch
            {
                IMemberReferenceOperation member => member.Instance,
                IInvocationOperation method
                    when method.Type is { IsRefLikeType: true }
                        || method.TargetMethod.ReturnsByRef
                        || method.TargetMethod.ReturnsByRefReadonly => method.Instance ?? method.Arguments.FirstOrDefault()?.Value,
                _ => null,
            };
            if (instance is null)
                return null;
            operation = Resolve(instance);
        }
    }
}
