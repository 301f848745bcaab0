using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace VmcsGen.Analyzers.Rules;

/// <summary>Finds literal encodings of fields that have names: <c>(VmcsField)0x681E</c>.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class RawEncodingAnalyzer : DiagnosticAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(RuleDescriptors.RawEncoding);

    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(static start =>
        {
            if (start.Compilation.GetTypeByMetadataName(TypeNames.VmcsField) is not { } fieldType)
                return;
            var names = new ConstantNames(fieldType);
            start.RegisterOperationAction(operation => Analyze(operation, names), OperationKind.Conversion);
        });
    }

    private static void Analyze(OperationAnalysisContext context, ConstantNames names)
    {
        // Of an arithmetic expression it is not the field that is meant: encoding | (VmcsField)1, or first + (VmcsField)2.
        if (
            context.Operation is IConversionOperation { IsImplicit: false, Syntax: CastExpressionSyntax cast } conversion
            && conversion.Type.Is(names.Type)
            && IsLiteral(cast.Expression)
            && !IsOperand(conversion)
            && conversion.ConstantNumber() is { } encoding
            && names.NameOf(encoding) is { } name
        )
        {
            context.ReportDiagnostic(
                Diagnostic.Create(
                    RuleDescriptors.RawEncoding,
                    cast.GetLocation(),
                    ImmutableDictionary<string, string?>.Empty.Add(DiagnosticProperties.Name, name),
                    encoding,
                    name
                )
            );
        }
    }

    private static bool IsOperand(IOperation operation) =>
        operation.Parent switch
        {
            IBinaryOperation binary => binary.OperatorKind is not (BinaryOperatorKind.Equals or BinaryOperatorKind.NotEquals),
            IUnaryOperation or ICompoundAssignmentOperation => true,
            _ => false,
        };

    private static bool IsLiteral(ExpressionSyntax expression) =>
        expression is ParenthesizedExpressionSyntax parenthesized
            ? IsLiteral(parenthesized.Expression)
            : expression.IsKind(SyntaxKind.NumericLiteralExpression);
}
