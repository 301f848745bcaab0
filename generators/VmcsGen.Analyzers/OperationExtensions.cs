using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace VmcsGen.Analyzers;

/// <summary>Questions about operations that several rules ask.</summary>
internal static class OperationExtensions
{
    /// <summary>What is converted, below all conversions and parentheses.</summary>
    public static IOperation Unconverted(this IOperation operation)
    {
        while (true)
        {
            switch (operation)
            {
                case IConversionOperation { OperatorMethod: null } conversion:
                    operation = conversion.Operand;
                    break;
                case IParenthesizedOperation parenthesized:
                    operation = parenthesized.Operand;
                    break;
                default:
                    return operation;
            }
        }
    }

    /// <summary>The local variable or parameter that an operation refers to.</summary>
    public static ISymbol? LocalOrParameter(this IOperation? operation) =>
        operation switch
        {
            ILocalReferenceOperation local => local.Local,
            IParameterReferenceOperation parameter => parameter.Parameter,
            _ => null,
        };

    /// <summary>The constant number that an operation has, or that an extension property of the generated code stands for.</summary>
    public static ulong? ConstantNumber(this IOperation operation)
    {
        if (operation.ConstantValue is { HasValue: true, Value: var value })
            return ConstantNames.ToNumber(value);
        // An own field is a constant of the generated class, and a static extension property of VmcsField that returns it.
        if (
            operation.Unconverted() is IPropertyReferenceOperation { Property: { IsStatic: true } property }
            && property.ContainingType?.ContainingType is { } owner
        )
        {
            foreach (var member in owner.GetMembers(property.Name))
            {
                if (member is IFieldSymbol { HasConstantValue: true } field)
                    return ConstantNames.ToNumber(field.ConstantValue);
            }
        }
        return null;
    }

    /// <summary>The argument of a parameter.</summary>
    public static IOperation? ArgumentOf(this IInvocationOperation call, int ordinal)
    {
        foreach (var argument in call.Arguments)
        {
            if (argument.Parameter?.Ordinal == ordinal)
                return argument.Value;
        }
        return null;
    }

    public static bool Is(this ITypeSymbol? type, INamedTypeSymbol? other) =>
        other is not null && SymbolEqualityComparer.Default.Equals(type?.OriginalDefinition, other);
}
