using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace VmcsGen.Analyzers.Rules;

/// <summary>
/// Finds writes to VM-exit information fields. The typed properties have no setters, so only writes by encoding are in question;
/// images may be written, since that is how an emulator of VMX fills them.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ReadOnlyFieldAnalyzer : DiagnosticAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
        ImmutableArray.Create(RuleDescriptors.ReadOnlyFieldWritten);

    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(static start =>
        {
            if (start.Compilation.GetTypeByMetadataName(TypeNames.VmcsField) is not { } fieldType)
                return;
            var names = new ConstantNames(fieldType);
            start.RegisterOperationAction(operation => Analyze(operation, names), OperationKind.Invocation);
        });
    }

    private static void Analyze(OperationAnalysisContext context, ConstantNames names)
    {
        if (
            FieldAccess.Of((IInvocationOperation)context.Operation, names.Type)
            is not { Value: not null, IsReadOnly: true, IsImage: false } access
        )
            return;
        var name = names.NameOf(access.Encoding) ?? $"0x{access.Encoding:X4}";
        context.ReportDiagnostic(Diagnostic.Create(RuleDescriptors.ReadOnlyFieldWritten, access.Field.Syntax.GetLocation(), name));
    }
}
