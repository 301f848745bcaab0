using System;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace VmcsGen.Analyzers.Flow;

/// <summary>An analyzer that follows control flow, in those methods alone that have something to follow.</summary>
public abstract class FlowAnalyzer : DiagnosticAnalyzer
{
    public sealed override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(start =>
        {
            if (CreateRule(start.Compilation) is not { } rule)
                return;
            if (rule.Look is { } look)
                start.RegisterOperationAction(look, rule.Kinds);
            start.RegisterOperationBlockAction(block =>
            {
                foreach (var operation in block.OperationBlocks)
                {
                    if (operation is IBlockOperation && operation.Descendants().Any(rule.Concerns))
                        rule.Run(block.GetControlFlowGraph(operation), block.ReportDiagnostic, block.CancellationToken);
                }
            });
        });
    }

    /// <summary>What to do in this compilation; null if it does not use the types in question.</summary>
    private protected abstract FlowRule? CreateRule(Compilation compilation);

    /// <summary>What to look for, and what to do then.</summary>
    /// <param name="Concerns">Whether an operation is a reason to follow the control flow of its method.</param>
    /// <param name="Run">Follows it.</param>
    private protected sealed record FlowRule(
        Func<IOperation, bool> Concerns,
        Action<ControlFlowGraph, Action<Diagnostic>, CancellationToken> Run
    )
    {
        /// <summary>Looks at single operations, for what needs no control flow; null for none.</summary>
        public Action<OperationAnalysisContext>? Look { get; init; }

        /// <summary>The kinds of these operations.</summary>
        public OperationKind[] Kinds { get; init; } = [];
    }
}
