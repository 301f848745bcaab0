using System;
using System.Linq;
using System.Numerics;
using VmcsGen.Generators.Abi;
using VmcsGen.Generators.Specs;

namespace VmcsGen.Generators.Resolve;

/// <summary>What an expression gives, or why it gives nothing.</summary>
/// <param name="Value">The value, exact; null when there is none.</param>
/// <param name="HasComplement">Whether it has a <c>~</c>, so that a negative value may stand for bits of an unsigned type.</param>
/// <param name="Problem">What is wrong; null when there is a value.</param>
/// <param name="Offset">Where in the text.</param>
/// <param name="Length">How many characters are wrong.</param>
internal readonly record struct ExpressionResult(BigInteger? Value, bool HasComplement, string? Problem, int Offset, int Length);

/// <summary>
/// Computes constant expressions of C: integers, names of constants, conversions to integer types, and the operators of integers
/// with C's precedence. Unlike C, it computes exactly: a value beyond 64 bits is an error and not another value. C's types decide what
/// depends on them: which bits <c>~</c> sets.
/// </summary>
internal sealed class ConstantExpression
{
    // Deeper than any header's, and far from the end of the stack.
    private const int MaximumDepth = 64;

    private static readonly BigInteger Largest = ulong.MaxValue;

    // By precedence, the loosest first.
    private static readonly string[][] Operators =
    [
        ["|"],
        ["^"],
        ["&"],
        ["<<", ">>"],
        ["+", "-"],
        ["*", "/", "%"],
    ];

    private readonly string _text;
    private readonly Func<string, (BigInteger? Value, string Problem)> _find;
    private int _at;
    private int _depth;
    private bool _hasComplement;
    private string? _problem;
    private int _problemAt;
    private int _problemLength;

    private ConstantExpression(string text, Func<string, (BigInteger? Value, string Problem)> find) => (_text, _find) = (text, find);

    /// <summary>Computes an expression.</summary>
    /// <param name="text">The expression.</param>
    /// <param name="find">The value of a constant, or why it has none.</param>
    public static ExpressionResult Evaluate(string text, Func<string, (BigInteger? Value, string Problem)> find)
    {
        var expression = new ConstantExpression(text, find);
        var value = expression.Binary(0);
        expression.SkipSpace();
        if (expression._at < text.Length)
            expression.Fail(expression._at, 1, $"an operator is expected at '{expression.Rest()}'");
        return expression._problem is null
            ? new(value.Number, expression._hasComplement, null, 0, 0)
            : new(null, false, expression._problem, expression._problemAt, expression._problemLength);
    }

    private Term Binary(int level)
    {
        if (level == Operators.Length)
            return Unary();
        var left = Binary(level + 1);
        while (_problem is null && Operator(Operators[level]) is { } symbol)
        {
            var at = _at - symbol.Length;
            left = Checked(Apply(symbol, left, Binary(level + 1), at), at, symbol.Length);
        }
        return left;
    }

    private Term Apply(string symbol, Term left, Term right, int at)
    {
        if (_problem is not null)
            return default;
        var type = Term.Common(left, right);
        return symbol switch
        {
            "|" => type.With(left.As(type) | right.As(type)),
            "^" => type.With(left.As(type) ^ right.As(type)),
            "&" => type.With(left.As(type) & right.As(type)),
            "+" => type.With(left.Number + right.Number),
            "-" => type.With(left.Number - right.Number),
            "*" => type.With(left.Number * right.Number),
            "<<" or ">>" when right.Number < 0 || right.Number > 63 => Fail(
                at,
                symbol.Length,
                $"bits cannot be shifted by {right.Number}: 0 to 63 are possible"
            ),
            "<<" => left.With(left.Number << (int)right.Number),
            ">>" => left.With(left.Number >> (int)right.Number),
            _ when right.Number.IsZero => Fail(at, symbol.Length, "it divides by zero"),
            "/" => type.With(BigInteger.Divide(left.Number, right.Number)),
            _ => type.With(BigInteger.Remainder(left.Number, right.Number)),
        };
    }

    private Term Unary()
    {
        SkipSpace();
        var at = _at;
        if (_at == _text.Length)
            return Fail(at, 0, "a value is missing at its end");
        if (_depth == MaximumDepth)
            return Fail(at, 1, $"it is more than {MaximumDepth} levels deep");
        _depth++;
        var value = _text[_at] switch
        {
            '(' => Parenthesized(),
            '-' => Negative(),
            '+' => AfterSign(),
            '~' => Complement(),
            '\'' => Character(),
            >= '0' and <= '9' => Number(),
            var c when IsWord(c) => Name(),
            _ => Fail(at, 1, $"a value is expected at '{Rest()}'"),
        };
        _depth--;
        return Checked(value, at, _at - at);
    }

    private Term AfterSign()
    {
        _at++;
        return Unary();
    }

    private Term Negative()
    {
        var value = AfterSign();
        return value.With(-value.Number);
    }

    // All bits of an unsigned type; of a signed one the sign, and with it as many bits as the constant's type has.
    private Term Complement()
    {
        var value = AfterSign();
        if (value.IsUnsigned)
            return value.With(value.Largest - value.Number);
        _hasComplement = true;
        return value.With(-value.Number - 1);
    }

    private Term Parenthesized()
    {
        var open = _at++;
        if (Cast() is { } type)
            return Converted(Unary().Number, type);
        var value = Binary(0);
        SkipSpace();
        if (_at == _text.Length || _text[_at] != ')')
            return Fail(open, 1, "this parenthesis is not closed");
        _at++;
        return value;
    }

    // The type in the parentheses that were just opened; null if they hold a value.
    private CScalar? Cast()
    {
        var close = _text.IndexOf(')', _at);
        if (close < 0 || CType.Parse(_text.Substring(_at, close - _at)) is not { IsArray: false } type)
            return null;
        if (CScalar.Find(type) is not { Sort: CScalarSort.Integer, Size: <= 8 } scalar)
            return null;
        _at = close + 1;
        return scalar;
    }

    // To convert is to say which bits count. What is shorter than int counts as int from then on.
    private static Term Converted(BigInteger value, CScalar type)
    {
        var all = BigInteger.One << (type.Size * 8);
        var bits = value & (all - 1);
        return new(type.IsSigned && bits >= all >> 1 ? bits - all : bits, type.Size == 8, !type.IsSigned && type.Size >= 4);
    }

    private Term Character()
    {
        var isCharacter =
            _at + 2 < _text.Length && _text[_at + 2] == '\'' && _text[_at + 1] is > ' ' and < '\u007F' and not '\\' and not '\'';
        if (!isCharacter)
            return Fail(_at, 1, "a character is one of ASCII between apostrophes");
        _at += 3;
        return Term.Of(_text[_at - 2]);
    }

    private Term Number()
    {
        var at = _at;
        var word = Word();
        var digits = word.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? "0x" + word.Substring(2).TrimEnd('u', 'U', 'l', 'L')
            : word.TrimEnd('u', 'U', 'l', 'L');
        if (MapReader.TryParseNumber(digits, out var value) && word.Length - digits.Length <= 3)
            return Term.OfLiteral(value, digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase), word.Substring(digits.Length));
        return Fail(
            at,
            word.Length,
            CNumber.TryParseOctal(digits, out var octal)
                ? CNumber.OctalHint(digits, octal).TrimEnd('.')
                : $"'{word}' is not a number of at most 64 bits"
        );
    }

    private Term Name()
    {
        var at = _at;
        var name = Word();
        var (value, problem) = _find(name);
        return value is { } number ? Term.Of(number) : Fail(at, name.Length, problem);
    }

    private string Word()
    {
        var start = _at;
        while (_at < _text.Length && IsWord(_text[_at]))
            _at++;
        return _text.Substring(start, _at - start);
    }

    private string? Operator(string[] symbols)
    {
        SkipSpace();
        var symbol = symbols.FirstOrDefault(s => string.CompareOrdinal(_text, _at, s, 0, s.Length) == 0);
        _at += symbol?.Length ?? 0;
        return symbol;
    }

    private Term Checked(Term value, int at, int length) =>
        BigInteger.Abs(value.Number) > Largest ? Fail(at, length, "it has more than 64 bits") : value;

    private void SkipSpace()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
            _at++;
    }

    private string Rest() => _text.Length - _at <= 20 ? _text.Substring(_at) : _text.Substring(_at, 19) + "…";

    // The first problem counts: what is said after it follows from it.
    private Term Fail(int at, int length, string problem)
    {
        if (_problem is null)
            (_problem, _problemAt, _problemLength) = (problem, at, length);
        return default;
    }

    private static bool IsWord(char c) => c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '_';

    /// <summary>A value with what its type in C is: int, long, or one of them unsigned.</summary>
    private readonly record struct Term(BigInteger Number, bool IsWide, bool IsUnsigned)
    {
        public BigInteger Largest => IsWide ? ulong.MaxValue : uint.MaxValue;

        /// <summary>A number by itself: of the first of int, long and unsigned long that holds it.</summary>
        public static Term Of(BigInteger number) => new(number, number < int.MinValue || number > int.MaxValue, number > long.MaxValue);

        /// <summary>A number as it is written: C11 6.4.4.1.</summary>
        public static Term OfLiteral(BigInteger number, bool isHexadecimal, string suffix)
        {
            var hasU = suffix.IndexOfAny(['u', 'U']) >= 0;
            var isWide = suffix.Length > (hasU ? 1 : 0) || number > (hasU || isHexadecimal ? uint.MaxValue : int.MaxValue);
            return new(number, isWide, hasU || number > long.MaxValue || (!isWide && number > int.MaxValue));
        }

        /// <summary>The type in which two values meet: C11 6.3.1.8. The number is of no account.</summary>
        public static Term Common(Term left, Term right) =>
            left.IsWide == right.IsWide ? left with { IsUnsigned = left.IsUnsigned || right.IsUnsigned }
            : left.IsWide ? left
            : right;

        /// <summary>Another value of this type; one that it does not hold is of a wider one.</summary>
        public Term With(BigInteger number)
        {
            var isWide = IsWide || number > Largest || number < int.MinValue || (!IsUnsigned && number > int.MaxValue);
            return new(number, isWide, IsUnsigned || number > long.MaxValue);
        }

        /// <summary>The number as a type has it: a negative one has other bits in an unsigned type.</summary>
        public BigInteger As(Term type) => type.IsUnsigned && Number.Sign < 0 ? Number & type.Largest : Number;
    }
}
