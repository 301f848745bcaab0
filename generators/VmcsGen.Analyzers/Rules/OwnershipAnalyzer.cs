using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace VmcsGen.Analyzers.Rules;

/// <summary>
/// Finds objects that a method makes, keeps to itself and never disposes of although their type says that it must. Little breaks then,
/// since a VM keeps the memory that it maps and the garbage collector closes what is forgotten; but it does so late, and does not know how
/// much memory a guest has.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class OwnershipAnalyzer : DiagnosticAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
        ImmutableArray.Create(RuleDescriptors.NeverDisposed);

    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(static start =>
        {
            // Each assembly of the runtime has the attribute for itself.
            var marks = start
                .Compilation.GetTypesByMetadataName(TypeNames.MustDispose)
                .ToImmutableHashSet<INamedTypeSymbol>(SymbolEqualityComparer.Default);
            if (marks.IsEmpty)
                return;
            start.RegisterOperationAction(operation => AnalyzeStatement(operation, marks), OperationKind.ExpressionStatement);
            start.RegisterOperationAction(operation => AnalyzeVariable(operation, marks), OperationKind.VariableDeclarator);
        });
    }

    private static void AnalyzeStatement(OperationAnalysisContext context, ImmutableHashSet<INamedTypeSymbol> marks)
    {
        var statement = (IExpressionStatementOperation)context.Operation;
        if (statement.Syntax is ExpressionStatementSyntax { Expression: var expression } && IsNew(statement.Operation, marks))
            Report(context, expression.GetLocation(), statement.Operation.Type!);
    }

    private static void AnalyzeVariable(OperationAnalysisContext context, ImmutableHashSet<INamedTypeSymbol> marks)
    {
        var declarator = (IVariableDeclaratorOperation)context.Operation;
        if (
            declarator.Syntax is not VariableDeclaratorSyntax { Parent.Parent: LocalDeclarationStatementSyntax statement } syntax
            || statement.UsingKeyword.IsKind(SyntaxKind.UsingKeyword)
            || declarator.GetVariableInitializer() is not { } initializer
            || !IsNew(initializer.Value, marks)
        )
            return;
        var root = (IOperation)declarator;
        while (root.Parent is not null)
            root = root.Parent;
        var uses = root.Descendants()
            .OfType<ILocalReferenceOperation>()
            .Where(use => SymbolEqualityComparer.Default.Equals(use.Local, declarator.Symbol));
        if (uses.All(StaysHere))
            Report(context, syntax.Identifier.GetLocation(), initializer.Value.Unconverted().Type!);
    }

    // A member that is used, or a method of the runtime that takes it for an argument: neither disposes of it, nor keeps it for
    // someone who does.
    private static bool StaysHere(ILocalReferenceOperation use) =>
        use.Parent switch
        {
            IInvocationOperation call => call.Instance == use
                && call.TargetMethod.Name != "Dispose"
                && !call.TargetMethod.IsExtensionMethod,
            IPropertyReferenceOperation property => property.Instance == use,
            IArgumentOperation { Parent: IInvocationOperation call } => SymbolEqualityComparer.Default.Equals(
                call.TargetMethod.ContainingAssembly,
                use.Type?.ContainingAssembly
            ),
            _ => false,
        };

    private static bool IsNew(IOperation value, ImmutableHashSet<INamedTypeSymbol> marks) =>
        value.Unconverted() is IInvocationOperation or IObjectCreationOperation
        && value.Unconverted() is { Type: INamedTypeSymbol type } made
        && IsOwner(type, marks)
        && SymbolEqualityComparer.Default.Equals(
            made is IInvocationOperation call ? call.TargetMethod.ContainingAssembly : type.ContainingAssembly,
            type.ContainingAssembly
        );

    private static bool IsOwner(INamedTypeSymbol type, ImmutableHashSet<INamedTypeSymbol> marks)
    {
        for (var at = type; at is not null; at = at.BaseType)
        {
            if (at.GetAttributes().Any(attribute => attribute.AttributeClass is { } mark && marks.Contains(mark)))
                return true;
        }
        return false;
    }

    private static void Report(OperationAnalysisContext context, Location location, ITypeSymbol type) =>
        context.ReportDiagnostic(Diagnostic.Create(RuleDescriptors.NeverDisposed, location, type.Name));
}
