using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace VmcsGen.Analyzers.Rules;

/// <summary>
/// Finds values that lose bits on their way out of or into a field. Casts that take the low bits of a bit-field, of a 32-bit field
/// such as a count, or of a natural-width field in a 32-bit guest are what people mean; those are left alone.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class FieldWidthAnalyzer : DiagnosticAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
        ImmutableArray.Create(RuleDescriptors.WidthDoesNotFit);

    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(static start =>
        {
            if (
                start.Compilation.GetTypeByMetadataName(TypeNames.VmcsField) is not { } fieldType
                || start.Compilation.GetTypeByMetadataName(TypeNames.Vmcs) is not { } vmcs
            )
                return;
            var names = new ConstantNames(fieldType);
            start.RegisterOperationAction(operation => AnalyzeCast(operation, names, vmcs), OperationKind.Conversion);
            start.RegisterOperationAction(operation => AnalyzeWrite(operation, names), OperationKind.Invocation);
        });
    }

    private static void AnalyzeCast(OperationAnalysisContext context, ConstantNames names, INamedTypeSymbol vmcs)
    {
        var conversion = (IConversionOperation)context.Operation;
        if (conversion is not { IsImplicit: false, Syntax: CastExpressionSyntax cast } || BitsOf(conversion.Type) is not { } bits)
            return;
        if (FieldOf(conversion.Operand, names.Type, vmcs) is not { } encoding || names.NameOf(encoding) is not { } name)
            return;
        // A property of a plain number says that the field is one, and no word of bits.
        var isNumber =
            vmcs.GetMembers(name).FirstOrDefault() is IPropertySymbol
            {
                Type.SpecialType: SpecialType.System_UInt64 or SpecialType.System_UIntPtr,
            };
        var least = FieldAccess.IsNatural(encoding) ? 32 : 64;
        if (!isNumber || FieldAccess.WidthOf(encoding) != 64 || bits >= least || IsMeant(cast))
            return;
        var type = conversion.Type!.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat);
        context.ReportDiagnostic(
            Diagnostic.Create(
                RuleDescriptors.WidthDoesNotFit,
                cast.GetLocation(),
                name,
                64,
                $"the cast to {type} loses {64 - bits} of them. Keep the value as a ulong, mask it, or write unchecked(({type})…)"
            )
        );
    }

    private static void AnalyzeWrite(OperationAnalysisContext context, ConstantNames names)
    {
        if (
            FieldAccess.Of((IInvocationOperation)context.Operation, names.Type) is not { Value: { } value } access
            || access.Width == 64
            || value.ConstantNumber() is not { } number
        )
            return;
        // All ones above the top bit are a negative number, which loses nothing.
        var lost = number >> access.Width;
        if (lost == 0 || unchecked((ulong)((long)number >> (access.Width - 1))) == ulong.MaxValue)
            return;
        context.ReportDiagnostic(
            Diagnostic.Create(
                RuleDescriptors.WidthDoesNotFit,
                value.Syntax.GetLocation(),
                names.NameOf(access.Encoding) ?? $"0x{access.Encoding:X4}",
                access.Width,
                $"of 0x{number:X} the bits 0x{lost << access.Width:X} are dropped"
            )
        );
    }

    // Either access.Read(VmcsField.X) or vmcs.X.
    private static ulong? FieldOf(IOperation operation, INamedTypeSymbol fieldType, INamedTypeSymbol vmcs) =>
        operation.Unconverted() switch
        {
            IInvocationOperation call => FieldAccess.Of(call, fieldType) is { Value: null, ReportsFailure: false } access
                ? access.Encoding
                : null,
            IPropertyReferenceOperation { Property: var property } when property.ContainingType.Is(vmcs) => fieldType
                .GetMembers(property.Name)
                .FirstOrDefault()
                is IFieldSymbol { HasConstantValue: true } field
                ? ConstantNames.ToNumber(field.ConstantValue)
                : null,
            _ => null,
        };

    private static int? BitsOf(ITypeSymbol? type) =>
        type?.SpecialType switch
        {
            SpecialType.System_Byte or SpecialType.System_SByte => 8,
            SpecialType.System_UInt16 or SpecialType.System_Int16 or SpecialType.System_Char => 16,
            SpecialType.System_UInt32 or SpecialType.System_Int32 => 32,
            _ => null,
        };

    // unchecked(…) says so; and whoever also takes the high half splits the value, as for EDX:EAX.
    private static bool IsMeant(CastExpressionSyntax cast)
    {
        SyntaxNode outer = cast;
        while (outer.Parent is ParenthesizedExpressionSyntax)
            outer = outer.Parent;
        if (outer.Parent.IsKind(SyntaxKind.UncheckedExpression))
            return true;
        var whole = cast.Ancestors()
            .FirstOrDefault(static node => node is BlockSyntax or ArrowExpressionClauseSyntax or CompilationUnitSyntax);
        var value = Bare(cast.Expression);
        return whole is not null
            && whole
                .DescendantNodes()
                .OfType<BinaryExpressionSyntax>()
                .Any(shift =>
                    shift.Kind() is SyntaxKind.RightShiftExpression or SyntaxKind.UnsignedRightShiftExpression
                    && SyntaxFactory.AreEquivalent(Bare(shift.Left), value)
                );
    }

    private static ExpressionSyntax Bare(ExpressionSyntax expression)
    {
        while (expression is ParenthesizedExpressionSyntax parenthesized)
            expression = parenthesized.Expression;
        return expression;
    }
}
