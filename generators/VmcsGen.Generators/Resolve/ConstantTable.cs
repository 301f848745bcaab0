using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Specs;

namespace VmcsGen.Generators.Resolve;

/// <summary>
/// The constants of headers by their native names, of all specs and built in: what expressions and array bounds refer to. A
/// header's constant may stand in several groups, each of which makes a C# type.
/// </summary>
internal sealed class ConstantTable(Resolver resolver)
{
    // Of constants that stand on each other; the stack must not grow with the spec.
    private const int MaximumDepth = 64;

    private readonly Dictionary<string, List<Definition>> _byName = [];
    private readonly Dictionary<(FileScope Scope, int At), Definition> _byPlace = [];
    private readonly Dictionary<string, BigInteger> _found = [];
    private int _depth;

    private enum State
    {
        Unknown,
        Busy,
        Known,
    }

    /// <summary>Finds the constants of all specs.</summary>
    public void Declare()
    {
        foreach (var (scope, group) in resolver.Items<EnumItem>())
        {
            foreach (var value in group.Values)
            {
                if (value.Constant is not { } constant)
                    continue;
                var definition = new Definition(scope, group, constant);
                if (!_byName.TryGetValue(constant.Native.Value, out var same))
                    _byName.Add(constant.Native.Value, same = []);
                same.Add(definition);
                _byPlace[(scope, constant.Native.At)] = definition;
            }
        }
    }

    /// <summary>Whether there is a constant of this name.</summary>
    public bool Has(string name) => _byName.ContainsKey(name) || IsBuiltIn(name);

    /// <summary>The value of a constant; null if there is none of this name, or several that differ.</summary>
    public BigInteger? Find(string name) =>
        !_byName.TryGetValue(name, out var same) ? resolver.Symbols.Find<ConstantSymbol>(name)?.Number
        : same.Select(Compute).Distinct().ToArray() is [var value] ? value
        : null;

    /// <summary>The names of all constants.</summary>
    public IEnumerable<string> Names => _byName.Keys.Concat(resolver.Symbols.Names<ConstantSymbol>());

    /// <summary>The constants as symbols, without those of several values and texts.</summary>
    public IEnumerable<ConstantSymbol> Symbols =>
        from same in _byName
        let values = same.Value.Select(Compute).Distinct().ToArray()
        where values.Length == 1 && values[0] is not null
        select ConstantSymbol.Of(same.Key, values[0]!.Value);

    /// <summary>The value of a group's constant; null when it cannot be computed, which is reported.</summary>
    public BigInteger? Value(FileScope scope, ConstantItem constant) => Compute(_byPlace[(scope, constant.Native.At)]);

    /// <summary>Computes an expression that stands in a spec; null when it cannot be computed, which is reported.</summary>
    /// <param name="scope">The file.</param>
    /// <param name="text">The text that the expression is a part of.</param>
    /// <param name="expression">The expression.</param>
    /// <param name="offset">Where in the text it begins.</param>
    public ExpressionResult? Evaluate(FileScope scope, Spot<string> text, string expression, int offset = 0) =>
        Evaluate(scope, text, expression, offset, null);

    private ExpressionResult? Evaluate(FileScope scope, Spot<string> text, string expression, int offset, Definition? asking)
    {
        var result = ConstantExpression.Evaluate(expression, name => Find(scope, name, asking));
        if (result.Problem is not { } problem)
            return result;
        scope.Report(DiagnosticIds.InvalidExpression, text, offset + result.Offset, result.Length, expression, problem);
        return null;
    }

    private (BigInteger? Value, string Problem) Find(FileScope scope, string name, Definition? asking)
    {
        if (_found.TryGetValue(name, out var known))
            return (known, "");
        // A project's constant may be a built-in one, in a further group.
        if (!_byName.TryGetValue(name, out var same) || (same.Count == 1 && same[0] == asking && IsBuiltIn(name)))
            return resolver.Symbols.Find<ConstantSymbol>(name) is { } builtIn ? (builtIn.Number, "") : (null, Missing(scope, name));
        if (_depth == MaximumDepth)
            return (null, $"it stands on constants that stand on each other more than {MaximumDepth} deep");
        _depth++;
        // What has the asking constant's own name is the same constant in another group, and one of these is enough.
        var values = asking?.Item.Native.Value == name ? [Other(same, asking)] : same.Select(Compute).Distinct().ToArray();
        _depth--;
        if (values is not [{ } value])
            return (null, values.Length > 1 ? $"the specs give '{name}' several values" : Cause(name, same, asking));
        if (asking?.Item.Native.Value != name)
            _found[name] = value;
        return (value, "");
    }

    private bool IsBuiltIn(string name) => resolver.Symbols.Find<ConstantSymbol>(name) is not null;

    private BigInteger? Other(List<Definition> same, Definition asking) =>
        same[0] != asking ? Compute(same[0])
        : same.Count > 1 ? Compute(same[1])
        : null;

    private static string Cause(string name, List<Definition> same, Definition? asking) =>
        same.Count == 1 && same[0] == asking ? $"'{name}' is this constant itself"
        : same[0].State == State.Busy ? $"'{name}' stands on this constant"
        : $"'{name}' has a mistake of its own, or is a text";

    private string Missing(FileScope scope, string name) =>
        $"there is no constant '{name}', neither built in nor in this project's specs.{scope.Suggest(name, Names)}".TrimEnd('.');

    private BigInteger? Compute(Definition definition)
    {
        if (definition.State != State.Unknown)
            return definition.Value;
        definition.State = State.Busy;
        var constant = definition.Item;
        if (constant.Text is null)
            definition.Value = Fitting(
                definition,
                Evaluate(definition.Scope, constant.Expression, constant.Expression.Value, 0, definition)
            );
        definition.State = State.Known;
        return definition.Value;
    }

    // The value as the group's type has it: specs may write a negative number as its bits.
    private static BigInteger? Fitting(Definition definition, ExpressionResult? result)
    {
        if (result is not { Value: { } value } given)
            return null;
        var group = definition.Group;
        var all = BigInteger.One << group.Size;
        if (value < 0 && !group.IsSigned && given.HasComplement)
            value += all;
        var name = definition.Item.Native.Value;
        if (value < 0 && !group.IsSigned)
        {
            definition.Scope.Report(
                DiagnosticIds.UnfittingSpec,
                definition.Item.Expression.At,
                $"'{name}' is negative, but the values of '{group.Name.Value}' are not: add 'signed: true' to the group"
            );
            return null;
        }
        if (value >= all || value < -(all >> 1))
        {
            definition.Scope.Report(DiagnosticIds.BitsOutOfRange, definition.Item.Expression.At, name, group.Size);
            return null;
        }
        return group.IsSigned && value >= all >> 1 ? value - all : value;
    }

    private sealed class Definition(FileScope scope, EnumItem group, ConstantItem item)
    {
        public FileScope Scope { get; } = scope;

        public EnumItem Group { get; } = group;

        public ConstantItem Item { get; } = item;

        public State State { get; set; }

        public BigInteger? Value { get; set; }
    }
}
