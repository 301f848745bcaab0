using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace VmcsGen.Analyzers.Rules;

/// <summary>Finds literal request numbers of ioctls that have names: <c>vm.UnsafeIoctl(0xAE80, 0)</c>.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class RawIoctlAnalyzer : DiagnosticAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
        ImmutableArray.Create(RuleDescriptors.RawIoctlNumber);

    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(static start =>
        {
            if (start.Compilation.GetTypeByMetadataName(TypeNames.KvmIoctl) is not { } ioctls)
                return;
            var names = new ConstantNames(ioctls);
            start.RegisterOperationAction(operation => Analyze(operation, names), OperationKind.Argument);
        });
    }

    private static void Analyze(OperationAnalysisContext context, ConstantNames names)
    {
        var argument = (IArgumentOperation)context.Operation;
        if (
            argument.Parameter is not { Name: "request", ContainingSymbol.Name: "UnsafeIoctl" }
            || argument.Value.ConstantNumber() is not { } number
            || argument
                .Value.DescendantsAndSelf()
                .Any(static operation => operation is IFieldReferenceOperation or ILocalReferenceOperation)
            || names.NameOf(number) is not { } name
        )
            return;
        context.ReportDiagnostic(
            Diagnostic.Create(
                RuleDescriptors.RawIoctlNumber,
                argument.Value.Syntax.GetLocation(),
                ImmutableDictionary<string, string?>.Empty.Add(DiagnosticProperties.Name, name),
                number,
                name
            )
        );
    }
}
