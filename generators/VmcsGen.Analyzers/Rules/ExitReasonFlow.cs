using System;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using VmcsGen.Analyzers.Flow;

namespace VmcsGen.Analyzers.Rules;

/// <summary>Which reasons an exit in a variable can have, by the conditions that led to a place.</summary>
internal sealed class ExitReasonFlow : FlowAnalysis<ReasonSet>
{
    /// <summary>The reasons that a property belongs to; null if it belongs to all.</summary>
    public static ReasonSet? ReasonsOf(IPropertySymbol property) =>
        AttributeOf(property) is { ConstructorArguments: [{ Kind: TypedConstantKind.Array, Values: var values }] }
            ? new(values.Select(static value => ConstantNames.ToNumber(value.Value) ?? 0))
            : null;

    protected override ReasonSet? Join(ReasonSet? left, ReasonSet? right) => left is null || right is null ? null : left.Union(right);

    protected override Facts<ReasonSet> Visit(IOperation operation, Facts<ReasonSet> facts, Action<Diagnostic>? report)
    {
        switch (operation)
        {
            case IAssignmentOperation { Target: var target } when VariableOf(target) is { } assigned:
                return facts.With(assigned, null);
            case IArgumentOperation { Parameter.RefKind: RefKind.Out or RefKind.Ref, Value: var argument }
                when VariableOf(argument) is { } passed:
                return facts.With(passed, null);
            case IPropertyReferenceOperation { Property: var property } reference when report is not null:
                if (
                    VariableOf(reference.Instance) is { } exit
                    && facts[exit] is { IsEmpty: false } possible
                    && ReasonsOf(property) is { } needed
                    && !needed.Overlaps(possible)
                )
                    report(Describe(reference, exit, needed, possible));
                return facts;
            default:
                return facts;
        }
    }

    protected override Facts<ReasonSet> Assume(IOperation condition, bool outcome, Facts<ReasonSet> facts)
    {
        switch (Resolve(condition))
        {
            case IUnaryOperation { OperatorKind: UnaryOperatorKind.Not } not:
                return Assume(not.Operand, !outcome, facts);
            case IBinaryOperation { OperatorKind: BinaryOperatorKind.Equals or BinaryOperatorKind.NotEquals } comparison:
                var isEqual = outcome == (comparison.OperatorKind == BinaryOperatorKind.Equals);
                return comparison.RightOperand.ConstantNumber() is { } right ? Limit(comparison.LeftOperand, new([right]), isEqual, facts)
                    : comparison.LeftOperand.ConstantNumber() is { } left ? Limit(comparison.RightOperand, new([left]), isEqual, facts)
                    : facts;
            case IIsPatternOperation match:
                var pattern = match.Pattern;
                while (pattern is INegatedPatternOperation negated)
                {
                    pattern = negated.Pattern;
                    outcome = !outcome;
                }
                return ReasonsOf(pattern) is { } reasons ? Limit(match.Value, reasons, outcome, facts) : facts;
            default:
                return facts;
        }
    }

    private Facts<ReasonSet> Limit(IOperation reason, ReasonSet reasons, bool isOneOf, Facts<ReasonSet> facts)
    {
        if (ExitOf(Resolve(reason)) is not { } exit)
            return facts;
        var possible = facts[exit];
        if (isOneOf)
            return facts.With(exit, possible is null ? reasons : possible.Intersect(reasons));
        return possible is null ? facts : facts.With(exit, possible.Except(reasons));
    }

    // exit.Reason of a KvmExit; exit.BasicReason or exit.Reason.BasicReason of a VmExit.
    private ISymbol? ExitOf(IOperation reason) =>
        reason is IPropertyReferenceOperation { Property.Name: "Reason" or "BasicReason", Instance: { } instance }
            ? VariableOf(Resolve(instance) is IPropertyReferenceOperation { Property.Name: "Reason" } outer ? outer.Instance : instance)
            : null;

    private static ReasonSet? ReasonsOf(IPatternOperation pattern) =>
        pattern switch
        {
            IConstantPatternOperation constant => constant.Value.ConstantNumber() is { } reason ? new([reason]) : null,
            IBinaryPatternOperation { OperatorKind: BinaryOperatorKind.Or } or => ReasonsOf(or.LeftPattern) is { } left
            && ReasonsOf(or.RightPattern) is { } right
                ? left.Union(right)
                : null,
            _ => null,
        };

    private static Diagnostic Describe(IPropertyReferenceOperation reference, ISymbol exit, ReasonSet needed, ReasonSet possible)
    {
        var names = new ConstantNames((INamedTypeSymbol)AttributeOf(reference.Property)!.AttributeClass!.TypeArguments[0]);
        return Diagnostic.Create(
            RuleDescriptors.PayloadOfOtherReason,
            reference.Syntax.GetLocation(),
            $"{exit.Name}.{reference.Property.Name}",
            Words(needed, names),
            Words(possible, names)
        );
    }

    // Each assembly has the attribute for itself: it is known by its name.
    private static AttributeData? AttributeOf(IPropertySymbol property) =>
        property
            .GetAttributes()
            .FirstOrDefault(static attribute =>
                attribute.AttributeClass is { MetadataName: var name, ContainingNamespace: var container }
                && $"{container}.{name}" == TypeNames.BelongsTo
            );

    private static string Words(ReasonSet reasons, ConstantNames names) =>
        string.Join(" or ", reasons.Reasons.Select(reason => names.NameOf(reason) ?? $"{reason}"));
}
