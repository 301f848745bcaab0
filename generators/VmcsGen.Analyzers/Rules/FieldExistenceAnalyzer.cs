using System;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace VmcsGen.Analyzers.Rules;

/// <summary>
/// Finds fields that exist under a control, in types that never mention the control. Which mention comes first, and whether it is the
/// right one, is beyond an analyzer; that nobody thought of it is not. Images in memory have their fields whatever the controls are.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class FieldExistenceAnalyzer : DiagnosticAnalyzer
{
    private const string Or = " or ";

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
        ImmutableArray.Create(RuleDescriptors.FieldMayNotExist);

    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(static start =>
        {
            if (
                start.Compilation.GetTypeByMetadataName(TypeNames.VmcsField) is not { } fieldType
                || start.Compilation.GetTypeByMetadataName(TypeNames.Vmcs) is not { } vmcs
                || start.Compilation.GetTypeByMetadataName(TypeNames.ExistsWhen) is not { } existsWhen
            )
                return;
            start.RegisterSymbolStartAction(symbol => Analyze(symbol, new Scan(fieldType, vmcs, existsWhen)), SymbolKind.NamedType);
        });
    }

    private static void Analyze(SymbolStartAnalysisContext context, Scan scan)
    {
        context.RegisterOperationAction(
            operation => scan.Look((IPropertyReferenceOperation)operation.Operation),
            OperationKind.PropertyReference
        );
        context.RegisterOperationAction(operation => scan.Look((IInvocationOperation)operation.Operation), OperationKind.Invocation);
        context.RegisterSymbolEndAction(end => scan.Report(end.ReportDiagnostic));
    }

    // What one type uses and what it mentions.
    private sealed class Scan(INamedTypeSymbol fieldType, INamedTypeSymbol vmcs, INamedTypeSymbol existsWhen)
    {
        private readonly ConcurrentQueue<(Location Place, string Field, string Controls)> _uses = new();
        private readonly ConcurrentDictionary<string, bool> _mentioned = new();
        private volatile bool _asksCapabilities;

        public void Look(IPropertyReferenceOperation reference)
        {
            var property = reference.Property;
            if (reference.Instance?.Type is INamedTypeSymbol { TypeArguments: [var access] } type && type.Is(vmcs))
            {
                if (ControlsOf(property) is { } controls && !FieldAccess.IsImageType(access) && reference.Parent is not INameOfOperation)
                    _uses.Enqueue((reference.Syntax.GetLocation(), property.Name, controls));
                return;
            }
            _mentioned.TryAdd(property.Name, true);
        }

        public void Look(IInvocationOperation call)
        {
            if (call.TargetMethod is { Name: "Supports", ContainingType.Name: "VmxCapabilities" })
                _asksCapabilities = true;
            if (
                FieldAccess.Of(call, fieldType) is { ReportsFailure: false, IsImage: false } access
                && access.Field.Unconverted() is IMemberReferenceOperation { Member: var field }
                && ControlsOf(field) is { } controls
            )
                _uses.Enqueue((access.Field.Syntax.GetLocation(), field.Name, controls));
        }

        public void Report(Action<Diagnostic> report)
        {
            if (_asksCapabilities)
                return;
            foreach (var (place, field, controls) in _uses)
            {
                // "SecondaryProcessorBasedControls.EnableVpid": the bit is a property of that name wherever controls are set or read.
                var bits = controls
                    .Split([Or], StringSplitOptions.None)
                    .Select(static control => control.Substring(control.LastIndexOf('.') + 1));
                if (!bits.Any(_mentioned.ContainsKey))
                    report(Diagnostic.Create(RuleDescriptors.FieldMayNotExist, place, field, controls));
            }
        }

        private string? ControlsOf(ISymbol member) =>
            member.GetAttributes().FirstOrDefault(attribute => attribute.AttributeClass.Is(existsWhen))
                is { ConstructorArguments: [{ Value: string controls }] }
                ? controls
                : null;
    }
}
