using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace VmcsGen.Analyzers.Flow;

/// <summary>
/// Follows facts about variables along the control flow of one method until nothing changes, then goes through it once more and
/// reports. An exception may come from anywhere: in a catch block nothing is known.
/// </summary>
/// <typeparam name="TFact">What can be known of a variable.</typeparam>
internal abstract class FlowAnalysis<TFact>
    where TFact : class, IEquatable<TFact>
{
    private readonly Dictionary<CaptureId, IOperation> _captured = [];

    /// <summary>The fact about a variable where two ways meet; null where nothing is known.</summary>
    protected abstract TFact? Join(TFact? left, TFact? right);

    /// <summary>What an operation changes, when all below it was evaluated; in the last round, also what is wrong with it.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="facts">What is known before.</param>
    /// <param name="report">Takes a diagnostic; null until facts are final.</param>
    protected abstract Facts<TFact> Visit(IOperation operation, Facts<TFact> facts, Action<Diagnostic>? report);

    /// <summary>What a condition's outcome tells.</summary>
    protected virtual Facts<TFact> Assume(IOperation condition, bool outcome, Facts<TFact> facts) => facts;

    /// <summary>Analyzes a method with its lambdas and local functions, each by itself.</summary>
    public void Run(ControlFlowGraph graph, Action<Diagnostic> report, CancellationToken cancellation)
    {
        RunAlone(graph, report, cancellation);
        foreach (var function in graph.LocalFunctions)
            Run(graph.GetLocalFunctionControlFlowGraph(function, cancellation), report, cancellation);
        var lambdas = graph
            .Blocks.SelectMany(static block => block.Operations.Append(block.BranchValue))
            .SelectMany(static operation => Descendants(operation))
            .OfType<IFlowAnonymousFunctionOperation>();
        foreach (var lambda in lambdas)
            Run(graph.GetAnonymousFunctionControlFlowGraph(lambda, cancellation), report, cancellation);
    }

    /// <summary>The variable that an operation refers to, also by way of a value that the control flow keeps aside.</summary>
    protected ISymbol? VariableOf(IOperation? operation) => operation is null ? null : Resolve(operation).LocalOrParameter();

    /// <summary>What an operation is, below conversions and the control flow's own temporaries.</summary>
    protected IOperation Resolve(IOperation operation)
    {
        operation = operation.Unconverted();
        // A temporary is never made of itself; the bound is for graphs that nobody has thought of.
        for (var depth = 0; depth < 16; depth++)
        {
            if (operation is not IFlowCaptureReferenceOperation reference || !_captured.TryGetValue(reference.Id, out var value))
                break;
            operation = value.Unconverted();
        }
        return operation;
    }

    private void RunAlone(ControlFlowGraph graph, Action<Diagnostic> report, CancellationToken cancellation)
    {
        _captured.Clear();
        foreach (var capture in graph.Blocks.SelectMany(static block => block.Operations).OfType<IFlowCaptureOperation>())
            _captured[capture.Id] = capture.Value;

        var entries = new Facts<TFact>?[graph.Blocks.Length];
        var waiting = new Queue<int>();
        var continuations = new Dictionary<ControlFlowRegion, HashSet<int>>();
        Reach(graph.Blocks[0].Ordinal, Facts<TFact>.None);
        foreach (var handler in HandlersOf(graph.Root))
            Reach(handler.FirstBlockOrdinal, Facts<TFact>.None);
        while (waiting.Count > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            Leave(graph.Blocks[waiting.Dequeue()]);
        }
        foreach (var block in graph.Blocks)
        {
            if (entries[block.Ordinal] is { } facts)
                Evaluate(block, facts, report);
        }

        void Reach(int block, Facts<TFact> facts)
        {
            var joined = entries[block] is { } known ? known.Join(facts, Join) : facts;
            if (entries[block] is { } before && before.SameAs(joined))
                return;
            entries[block] = joined;
            waiting.Enqueue(block);
        }

        void Leave(BasicBlock block)
        {
            var facts = Evaluate(block, entries[block.Ordinal]!.Value, report: null);
            if (block.ConditionalSuccessor is { } conditional)
            {
                var outcome = block.ConditionKind == ControlFlowConditionKind.WhenTrue;
                Follow(conditional, block, Assume(block.BranchValue!, outcome, facts));
                facts = Assume(block.BranchValue!, !outcome, facts);
            }
            if (block.FallThroughSuccessor is { } next)
                Follow(next, block, facts);
        }

        void Follow(ControlFlowBranch branch, BasicBlock from, Facts<TFact> facts)
        {
            if (branch.Semantics == ControlFlowBranchSemantics.StructuredExceptionHandling)
            {
                // The end of a finally block goes on to wherever its try block was left for.
                for (var region = from.EnclosingRegion; region is not null; region = region.EnclosingRegion!)
                {
                    if (region.Kind != ControlFlowRegionKind.Finally)
                        continue;
                    if (continuations.TryGetValue(region, out var all))
                    {
                        foreach (var target in all)
                            Reach(target, facts);
                    }
                    return;
                }
                return;
            }
            if (branch.Destination is not { } destination)
                return;
            // From the inside out: each finally block leads to the next, the last one to the destination.
            var following = destination.Ordinal;
            foreach (var region in branch.FinallyRegions.Reverse())
            {
                if (!continuations.TryGetValue(region, out var all))
                    continuations.Add(region, all = []);
                if (all.Add(following))
                {
                    for (var inner = region.FirstBlockOrdinal; inner <= region.LastBlockOrdinal; inner++)
                    {
                        if (entries[inner] is not null)
                            waiting.Enqueue(inner);
                    }
                }
                following = region.FirstBlockOrdinal;
            }
            Reach(following, facts);
        }
    }

    private Facts<TFact> Evaluate(BasicBlock block, Facts<TFact> facts, Action<Diagnostic>? report)
    {
        foreach (var operation in block.Operations)
            facts = EvaluateTree(operation, facts, report);
        return block.BranchValue is { } value ? EvaluateTree(value, facts, report) : facts;
    }

    private Facts<TFact> EvaluateTree(IOperation operation, Facts<TFact> facts, Action<Diagnostic>? report)
    {
        foreach (var child in operation.ChildOperations)
            facts = EvaluateTree(child, facts, report);
        return Visit(operation, facts, report);
    }

    private static IEnumerable<IOperation> Descendants(IOperation? operation) => operation?.DescendantsAndSelf() ?? [];

    private static IEnumerable<ControlFlowRegion> HandlersOf(ControlFlowRegion region)
    {
        foreach (var inner in region.NestedRegions)
        {
            if (inner.Kind is ControlFlowRegionKind.Catch or ControlFlowRegionKind.Filter)
                yield return inner;
            foreach (var handler in HandlersOf(inner))
                yield return handler;
        }
    }
}
