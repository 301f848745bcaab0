using System;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using VmcsGen.Analyzers.Flow;

namespace VmcsGen.Analyzers.Rules;

/// <summary>Which variables view an exit that may be over.</summary>
/// <param name="vcpuType">The type of vCPUs.</param>
/// <param name="exitType">The type of exits.</param>
internal sealed class ExitLifetimeFlow(INamedTypeSymbol vcpuType, INamedTypeSymbol exitType) : FlowAnalysis<ExitView>
{
    /// <summary>Whether a call makes a vCPU's exits unusable.</summary>
    public static bool EndsExits(IInvocationOperation call, INamedTypeSymbol vcpuType) =>
        call.TargetMethod.ContainingType.Is(vcpuType) && call.TargetMethod.Name is "Run" or "TryCompleteExit" or "Dispose";

    protected override ExitView? Join(ExitView? left, ExitView? right)
    {
        if (left is null || right is null)
            return left ?? right;
        // Of one vCPU or the other: not worth a guess.
        if (!SymbolEqualityComparer.Default.Equals(left.Vcpu, right.Vcpu))
            return null;
        return left.IsOver ? left : right;
    }

    protected override Facts<ExitView> Visit(IOperation operation, Facts<ExitView> facts, Action<Diagnostic>? report)
    {
        switch (operation)
        {
            case ISimpleAssignmentOperation assignment when VariableOf(assignment.Target) is { } target:
                facts = Forget(target, facts);
                return assignment.Target.Type is { IsRefLikeType: true } ? facts.With(target, ViewIn(assignment.Value, facts)) : facts;
            case IInvocationOperation call when VcpuOf(call) is { } vcpu:
                foreach (var view in facts.Known.Where(view => SymbolEqualityComparer.Default.Equals(view.Value.Vcpu, vcpu)))
                    facts = facts.With(view.Key, new(vcpu, isOver: true));
                // TryCompleteExit hands out the new exit.
                foreach (var argument in call.Arguments)
                {
                    if (argument.Parameter is { RefKind: RefKind.Out } parameter
                        && parameter.Type.Is(exitType)
                        && VariableOf(OutVariable(argument.Value)) is { } next)
                        facts = facts.With(next, new(vcpu, isOver: false));
                }
                return facts;
            case IInvocationOperation call:
                foreach (var argument in call.Arguments)
                {
                    if (argument.Parameter is { RefKind: RefKind.Out or RefKind.Ref } && VariableOf(OutVariable(argument.Value)) is { } written)
                        facts = Forget(written, facts);
                }
                return facts;
            case ILocalReferenceOperation or IParameterReferenceOperation
                when IsUse(operation) && operation.LocalOrParameter() is { } variable && facts[variable] is { IsOver: true } stale:
                report?.Invoke(Diagnostic.Create(RuleDescriptors.ExitIsOver, operation.Syntax.GetLocation(), variable.Name, stale.Vcpu.Name));
                return facts;
            default:
                return facts;
        }
    }

    // A variable that gets another value is no longer the vCPU that exits were of.
    private static Facts<ExitView> Forget(ISymbol variable, Facts<ExitView> facts)
    {
        foreach (var view in facts.Known.Where(view => SymbolEqualityComparer.Default.Equals(view.Value.Vcpu, variable)))
            facts = facts.With(view.Key, null);
        return facts.With(variable, null);
    }

    private static bool IsUse(IOperation operation) => operation.Parent switch
    {
        ISimpleAssignmentOperation assignment => assignment.Target != operation,
        IArgumentOperation argument => argument.Parameter?.RefKind != RefKind.Out,
        IDeclarationExpressionOperation => false,
        _ => true,
    };

    private static IOperation OutVariable(IOperation argument) => argument is IDeclarationExpressionOperation declaration ? declaration.Expression : argument;

    // vcpu.Run(), or vcpu.Run().Io.Data, or a view of a view.
    private ExitView? ViewIn(IOperation value, Facts<ExitView> facts)
    {
        for (var operation = Resolve(value); ;)
        {
            if (operation.LocalOrParameter() is { } variable)
                return facts[variable];
            if (operation is IInvocationOperation call && VcpuOf(call) is { } vcpu)
                return call.Type.Is(exitType) ? new(vcpu, isOver: false) : null;
            if (operation.Type is not { IsRefLikeType: true })
                return null;
            var instance = operation switch
            {
                IMemberReferenceOperation member => member.Instance,
                IInvocationOperation method => method.Instance ?? method.Arguments.FirstOrDefault()?.Value,
                _ => null,
            };
            if (instance is null)
                return null;
            operation = Resolve(instance);
        }
    }

    private ISymbol? VcpuOf(IInvocationOperation call)
    {
        if (!EndsExits(call, vcpuType) || call.Instance is null)
            return null;
        return Resolve(call.Instance) switch
        {
            IFieldReferenceOperation { Instance: null or IInstanceReferenceOperation } field => field.Field,
            var other => other.LocalOrParameter(),
        };
    }
}
