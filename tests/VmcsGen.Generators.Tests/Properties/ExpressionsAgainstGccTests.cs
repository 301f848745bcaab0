using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Numerics;
using CsCheck;
using VmcsGen.Generators.Resolve;
using VmcsGen.Generators.Tests.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Properties;

/// <summary>What expressions of bits give is what gcc says: complements depend on C's types.</summary>
public class ExpressionsAgainstGccTests
{
    private const int Count = 2_000;

    private static readonly string[] Operands =
    [
        .. "0 1 5 0x7F 0x80 0xFF 0x7FFFFFFF 0x80000000 0xFFFFFFFF 0x100000000 0x7FFFFFFFFFFFFFFF 0x8000000000000000 2147483647 2147483648".Split(
            ' '
        ),
        .. "4294967295 4294967296 0U 1u 5UL 1ul 3ull 0L 7LL 0xFFFFFFFFL 0x80000000L 0xFFFFFFFFFFFFFFFFULL 0x8000000000000000LL 'A'".Split(
            ' '
        ),
    ];

    private static readonly string[] Casts = ["unsigned int", "int", "unsigned char", "short", "long", "unsigned long long", "signed char"];

    [Theory]
    [InlineData("~0ULL >> 1", "7FFFFFFFFFFFFFFF")]
    [InlineData("(~0ULL) / 2", "7FFFFFFFFFFFFFFF")]
    [InlineData("(~0ULL) % 10", "5")]
    [InlineData("~0U", "FFFFFFFF")]
    [InlineData("~0", "FFFFFFFFFFFFFFFF")]
    [InlineData("~(unsigned char)0", "FFFFFFFFFFFFFFFF")]
    [InlineData("~0x80000000", "7FFFFFFF")]
    [InlineData("(1ULL << 40) | ~0ULL", "FFFFFFFFFFFFFFFF")]
    [InlineData("~0 | 0U", "FFFFFFFF")]
    [InlineData("~0 & 0xF0ULL", "F0")]
    public void Value_is_as_C_has_it(string expression, string bits) => Assert.Equal(bits, Evaluate(expression));

    [Fact]
    public void Values_of_many_expressions_are_as_gcc_has_them()
    {
        var random = new PCG(1, 20261201);
        string[] expressions = [.. Enumerable.Range(0, Count).Select(_ => Make(random, 3))];
        var program =
            "#include <stdio.h>\nint main(void) {\n"
            + string.Concat(expressions.Select(static one => $"printf(\"%llX\\n\", (unsigned long long)({one}));\n"))
            + "return 0; }\n";

        var expected = Gcc.Run(program).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        var differences = expressions
            .Zip(expected, static (text, gcc) => (Text: text, Gcc: gcc, Own: Evaluate(text)))
            .Where(static one => one.Own != one.Gcc)
            .Select(static one => $"{one.Text}: gcc {one.Gcc}, here {one.Own}")
            .ToArray();
        Assert.Equal(Count, expected.Length);
        Assert.True(differences.Length == 0, string.Join('\n', differences.Take(20)));
    }

    // Sums and shifts to the left are exact here and not in C.
    private static string Make(PCG random, int depth)
    {
        if (depth == 0 || random.Next(5) == 0)
            return Operands[random.Next((uint)Operands.Length)];
        return random.Next(6) switch
        {
            0 => $"~{Make(random, 0)}",
            1 => $"~({Make(random, depth - 1)})",
            2 => $"(({Casts[random.Next((uint)Casts.Length)]})({Make(random, depth - 1)}))",
            3 => $"({Make(random, depth - 1)} >> {random.Next(31)})",
            _ => $"({Make(random, depth - 1)} {"|^&"[(int)random.Next(3)]} {Make(random, depth - 1)})",
        };
    }

    private static string Evaluate(string expression)
    {
        var result = ConstantExpression.Evaluate(expression, static name => throw new InvalidOperationException(name));
        return result.Value is { } value ? ((ulong)(value & ulong.MaxValue)).ToString("X", null) : result.Problem!;
    }
}
