using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Specs;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Resolve;

/// <summary>
/// The constants of headers by their native names, of all specs and built in: what expressions and array bounds refer to. A
/// header's constant may stand in several groups, each of which makes a C# type.
/// </summary>
internal sealed class ConstantTable(Resolver resolver)
{
    // Of constants that stand on each other; the stack must not grow with the spec.
    private const int MaximumDepth = 64;

    private readonly Dictionary<string, Constant> _byName = [];
    private readonly Dictionary<ConstantItem, Definition> _definitions = new(ReferenceComparer<ConstantItem>.Instance);
    private int _depth;

    // What is said of a constant whose mistake is reported where it stands.
    private const string Reported = "";

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
            foreach (var value in group.ValuesOn(resolver.Architecture))
            {
                if (value.Constant is not { } constant)
                    continue;
                if (!_byName.TryGetValue(constant.Native.Value, out var same))
                    _byName.Add(constant.Native.Value, same = new());
                var definition = new Definition(scope, group, constant);
                _definitions.Add(constant, definition);
                if (!definition.IsSecond)
                    same.Definitions.Add(definition);
            }
        }
    }

    /// <summary>Whether there is a constant of this name.</summary>
    public bool Has(string name) => _byName.ContainsKey(name) || resolver.Symbols.Find<ConstantSymbol>(name) is not null;

    /// <summary>The value of a constant; null if there is none of this name, or several that differ, or one with a mistake.</summary>
    public BigInteger? Find(string name) =>
        _byName.TryGetValue(name, out var constant) && constant.Definitions.Count > 0
            ? Agreed(constant)
            : resolver.Symbols.Find<ConstantSymbol>(name)?.Number;

    /// <summary>The names of all constants.</summary>
    public IEnumerable<string> Names => _byName.Keys.Concat(resolver.Symbols.Names<ConstantSymbol>());

    /// <summary>The constants as symbols, without those of several values and texts.</summary>
    public IEnumerable<ConstantSymbol> Symbols =>
        from same in _byName
        let value = Agreed(same.Value)
        where value is not null
        select ConstantSymbol.Of(same.Key, value.Value);

    /// <summary>The value of a group's constant; null when it cannot be computed, which is reported.</summary>
    public BigInteger? Value(ConstantItem constant) => Compute(_definitions[constant]);

    /// <summary>Computes an expression that stands in a spec; null, and the item left out, when it cannot be computed.</summary>
    /// <param name="scope">The file.</param>
    /// <param name="item">The item that needs the value.</param>
    /// <param name="text">The text that the expression is a part of.</param>
    /// <param name="expression">The expression.</param>
    /// <param name="offset">Where in the text it begins.</param>
    public ExpressionResult? Evaluate(FileScope scope, SpecItem item, Spot<string> text, string expression, int offset = 0) =>
        Evaluate(scope, item, text, expression, offset, null);

    private ExpressionResult? Evaluate(FileScope scope, SpecItem item, Spot<string> text, string expression, int offset, Definition? asking)
    {
        var result = ConstantExpression.Evaluate(expression, name => Find(scope, item, name, asking));
        switch (result.Problem)
        {
            case null:
                return result;
            case Reported:
                scope.Drop(item);
                return null;
            default:
                scope.Fail(item, DiagnosticIds.InvalidExpression, text, offset + result.Offset, result.Length, expression, result.Problem);
                return null;
        }
    }

    private (BigInteger? Value, string Problem) Find(FileScope scope, SpecItem item, string name, Definition? asking)
    {
        if (!_byName.TryGetValue(name, out var constant) || constant.Definitions.Count == 0)
        {
            if (resolver.Symbols.Find<ConstantSymbol>(name) is { } builtIn)
                return (builtIn.Number, "");
            if (scope.IsBroken(name))
                return (null, Reported);
            return (
                null,
                constant is not null
                    ? $"'{name}' is this constant itself"
                    : $"there is no constant '{name}', neither built in nor in this project's specs.{scope.Suggest(name, Names)}".TrimEnd(
                        '.'
                    )
            );
        }
        if (_depth == MaximumDepth)
            return (null, $"it stands on constants that stand on each other more than {MaximumDepth} deep");
        _depth++;
        var values = Values(constant);
        _depth--;
        if (values is null)
            return (null, asking?.Item.Native.Value == name ? $"'{name}' is this constant itself" : $"'{name}' stands on this constant");
        // That they are all alike has been seen; the mistakes of one are those of all.
        resolver.Use(scope, item, constant.Definitions[0].Group);
        return values.Length > 1 ? (null, $"the specs give '{name}' several values")
            : values[0] is { } value ? (value, "")
            : (null, constant.Definitions[0].Item.Text is null ? Reported : $"'{name}' is a text");
    }

    private BigInteger? Agreed(Constant constant) =>
        Values(constant) is [var value] && !constant.Definitions.Exists(static d => d.Scope.IsDropped(d.Group)) ? value : null;

    // The different values that the specs give a constant; null while they are looked for.
    private BigInteger?[]? Values(Constant constant)
    {
        if (constant.Values is not null || constant.IsBusy)
            return constant.Values;
        constant.IsBusy = true;
        var values = constant.Definitions.Select(Compute).Distinct().ToArray();
        constant.IsBusy = false;
        if (!constant.Definitions.TrueForAll(static d => d.State == State.Known))
            return null;
        return constant.Values = values;
    }

    private BigInteger? Compute(Definition definition)
    {
        if (definition.State != State.Unknown)
            return definition.Value;
        definition.State = State.Busy;
        var constant = definition.Item;
        if (constant.Text is null)
            definition.Value = Fitting(
                definition,
                Evaluate(definition.Scope, definition.Group, constant.Expression, constant.Expression.Value, 0, definition)
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
            definition.Scope.Fail(
                group,
                DiagnosticIds.UnfittingSpec,
                definition.Item.Expression.At,
                $"'{name}' is negative, but the values of '{group.Name.Value}' are not: add 'signed: true' to the group"
            );
            return null;
        }
        if (value >= all || value < -(all >> 1))
        {
            definition.Scope.Fail(group, DiagnosticIds.BitsOutOfRange, definition.Item.Expression.At, name, group.Size);
            return null;
        }
        return group.IsSigned && value >= all >> 1 ? value - all : value;
    }

    /// <summary>A constant, which several groups may have.</summary>
    private sealed class Constant
    {
        public List<Definition> Definitions { get; } = [];

        public BigInteger?[]? Values { get; set; }

        public bool IsBusy { get; set; }
    }

    private sealed class Definition(FileScope scope, EnumItem group, ConstantItem item)
    {
        public FileScope Scope { get; } = scope;

        public EnumItem Group { get; } = group;

        public ConstantItem Item { get; } = item;

        /// <summary>Whether it only says that the group has a constant that stands in another one.</summary>
        public bool IsSecond => Item.Expression.Value == Item.Native.Value;

        public State State { get; set; }

        public BigInteger? Value { get; set; }
    }
}
