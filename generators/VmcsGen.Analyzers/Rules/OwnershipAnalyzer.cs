using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace VmcsGen.Analyzers.Rules;

/// <summary>
/// Finds KVM objects that a method makes, keeps to itself and never disposes of. Nothing breaks then, since a VM keeps the memory
/// that it maps and the garbage collector closes what is forgotten; but it does so late, and does not know how much memory a guest has.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class OwnershipAnalyzer : DiagnosticAnalyzer
{
    private static readonly string[] Owners =
    [
        TypeNames.KvmHost, TypeNames.KvmVm, TypeNames.KvmVcpu, TypeNames.KvmDevice, TypeNames.GuestMemory,
        "VmcsGen.Kvm.KvmStatistics", "VmcsGen.Kvm.DirtyRing", "VmcsGen.Vmx.Bochs.BochsMachine", "VmcsGen.Vmx.Kvm.KvmRingZeroMachine",
    ];

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(RuleDescriptors.NeverDisposed);

    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(static start =>
        {
            var owners = Owners.Select(start.Compilation.GetTypeByMetadataName).OfType<INamedTypeSymbol>()
                .ToImmutableHashSet<INamedTypeSymbol>(SymbolEqualityComparer.Default);
            if (owners.IsEmpty)
                return;
            start.RegisterOperationAction(operation => AnalyzeStatement(operation, owners), OperationKind.ExpressionStatement);
            start.RegisterOperationAction(operation => AnalyzeVariable(operation, owners), OperationKind.VariableDeclarator);
        });
    }

    private static void AnalyzeStatement(OperationAnalysisContext context, ImmutableHashSet<INamedTypeSymbol> owners)
    {
        var statement = (IExpressionStatementOperation)context.Operation;
        if (statement.Syntax is ExpressionStatementSyntax { Expression: var expression } && IsNew(statement.Operation, owners))
            Report(context, expression.GetLocation(), statement.Operation.Type!);
    }

    private static void AnalyzeVariable(OperationAnalysisContext context, ImmutableHashSet<INamedTypeSymbol> owners)
    {
        var declarator = (IVariableDeclaratorOperation)context.Operation;
        if (declarator.Syntax is not VariableDeclaratorSyntax { Parent.Parent: LocalDeclarationStatementSyntax statement } syntax
            || statement.UsingKeyword.IsKind(SyntaxKind.UsingKeyword)
            || declarator.GetVariableInitializer() is not { } initializer
            || !IsNew(initializer.Value, owners))
            return;
        var root = (IOperation)declarator;
        while (root.Parent is not null)
            root = root.Parent;
        var uses = root.Descendants().OfType<ILocalReferenceOperation>()
            .Where(use => SymbolEqualityComparer.Default.Equals(use.Local, declarator.Symbol));
        if (uses.All(StaysHere))
            Report(context, syntax.Identifier.GetLocation(), initializer.Value.Unconverted().Type!);
    }

    // A member that is used, or a method of the runtime that takes it for an argument: neither disposes of it, nor keeps it for
    // someone who does.
    private static bool StaysHere(ILocalReferenceOperation use) => use.Parent switch
    {
        IInvocationOperation call => call.Instance == use && call.TargetMethod.Name != "Dispose" && !call.TargetMethod.IsExtensionMethod,
        IPropertyReferenceOperation property => property.Instance == use,
        IArgumentOperation { Parent: IInvocationOperation call } =>
            SymbolEqualityComparer.Default.Equals(call.TargetMethod.ContainingAssembly, use.Type?.ContainingAssembly),
        _ => false,
    };

    private static bool IsNew(IOperation value, ImmutableHashSet<INamedTypeSymbol> owners) =>
        value.Unconverted() is IInvocationOperation or IObjectCreationOperation
        && value.Unconverted() is { Type: INamedTypeSymbol type } made
        && owners.Contains(type)
        && SymbolEqualityComparer.Default.Equals(
            made is IInvocationOperation call ? call.TargetMethod.ContainingAssembly : type.ContainingAssembly, type.ContainingAssembly);

    private static void Report(OperationAnalysisContext context, Location location, ITypeSymbol type) =>
        context.ReportDiagnostic(Diagnostic.Create(RuleDescriptors.NeverDisposed, location, type.Name));
}
