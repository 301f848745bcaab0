using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Numerics;
using System.Text.RegularExpressions;
using VmcsGen.Testing;
using Xunit;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace VmcsGen.Generators.Tests.Facts;

/// <summary>
/// The built-in specs mean the same to readers of YAML 1.1, such as PyYAML and yamllint, and to those of 1.2: no plain scalar is a text to
/// the one and something else to the other. The rules are those of https://yaml.org/type/ and of chapter 10.3 of YAML 1.2.2.
/// </summary>
public partial class YamlVersionTests
{
    public static TheoryData<string> Paths => [.. RuntimeSources.Specs.Select(static s => s.Path)];

    [Theory]
    [MemberData(nameof(Paths))]
    public void Spec_reads_alike_by_both_versions(string path)
    {
        var differing = PlainScalars(RuntimeSources.Specs.Single(s => s.Path == path).Text)
            .Where(static scalar => By11(scalar.Value) != By12(scalar.Value))
            .Select(static scalar =>
                $"line {scalar.Start.Line}: {scalar.Value} is {By11(scalar.Value)} by 1.1 and {By12(scalar.Value)} by 1.2"
            );
        Assert.Empty(differing);
    }

    [Theory]
    [InlineData("on", "true", "text on")]
    [InlineData("Off", "false", "text Off")]
    [InlineData("yes", "true", "text yes")]
    [InlineData("n", "false", "text n")]
    [InlineData("true", "true", "true")]
    [InlineData("~", "null", "null")]
    [InlineData("0100", "64", "100")]
    [InlineData("0x1F", "31", "31")]
    [InlineData("-5", "-5", "-5")]
    [InlineData("0b11", "3", "text 0b11")]
    [InlineData("1_000", "1000", "text 1_000")]
    [InlineData("1:30", "90", "text 1:30")]
    [InlineData("0o17", "text 0o17", "15")]
    [InlineData("4-7", "text 4-7", "text 4-7")]
    [InlineData("6.18", "number 6.18", "number 6.18")]
    [InlineData("1e3", "text 1e3", "number 1e3")]
    [InlineData("2026-01-31", "date 2026-01-31", "text 2026-01-31")]
    [InlineData("<<", "merge", "text <<")]
    [InlineData("GuestRip", "text GuestRip", "text GuestRip")]
    public void Rules_tell_the_versions_apart(string scalar, string by11, string by12) =>
        Assert.Equal((by11, by12), (By11(scalar), By12(scalar)));

    private static IEnumerable<Scalar> PlainScalars(string text)
    {
        var parser = new Parser(new StringReader(text));
        while (parser.MoveNext())
        {
            if (parser.Current is Scalar { Style: ScalarStyle.Plain } scalar)
                yield return scalar;
        }
    }

    private static string By12(string text) =>
        text switch
        {
            "" or "~" or "null" or "Null" or "NULL" => "null",
            "true" or "True" or "TRUE" => "true",
            "false" or "False" or "FALSE" => "false",
            _ when Decimal12().IsMatch(text) => Number(text, 10),
            _ when text.StartsWith("0o", StringComparison.Ordinal) && Octal12().IsMatch(text) => Number(text[2..], 8),
            _ when Hexadecimal12().IsMatch(text) => Number(text[2..], 16),
            _ when Float12().IsMatch(text) => "number " + text,
            _ => "text " + text,
        };

    private static string By11(string text) =>
        text switch
        {
            "" or "~" or "null" or "Null" or "NULL" => "null",
            "<<" => "merge",
            "=" => "value",
            _ when True11().IsMatch(text) => "true",
            _ when False11().IsMatch(text) => "false",
            _ when Binary11().IsMatch(text) => Number(text.Replace("0b", "", StringComparison.Ordinal), 2),
            _ when Octal11().IsMatch(text) => Number(text, 8),
            _ when Hexadecimal11().IsMatch(text) => Number(text.Replace("0x", "", StringComparison.Ordinal), 16),
            _ when Decimal11().IsMatch(text) => Number(text, 10),
            _ when Sexagesimal11().IsMatch(text) => text.TrimStart('+', '-')
                .Split(':')
                .Aggregate(BigInteger.Zero, static (sum, part) => sum * 60 + BigInteger.Parse(part, CultureInfo.InvariantCulture))
                .ToString(CultureInfo.InvariantCulture),
            _ when Float11().IsMatch(text) => "number " + text,
            _ when Date11().IsMatch(text) => "date " + text,
            _ => "text " + text,
        };

    private static string Number(string text, int radix)
    {
        var digits = text.Replace("_", "", StringComparison.Ordinal).TrimStart('+', '-').ToUpperInvariant();
        var value = digits.Aggregate(BigInteger.Zero, (sum, digit) => sum * radix + (digit <= '9' ? digit - '0' : digit - 'A' + 10));
        return (text[0] == '-' ? -value : value).ToString(CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"^[-+]?[0-9]+\z")]
    private static partial Regex Decimal12();

    [GeneratedRegex(@"^0o[0-7]+\z")]
    private static partial Regex Octal12();

    [GeneratedRegex(@"^0x[0-9a-fA-F]+\z")]
    private static partial Regex Hexadecimal12();

    [GeneratedRegex(@"^([-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\z")]
    private static partial Regex Float12();

    [GeneratedRegex(@"^(y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)\z")]
    private static partial Regex True11();

    [GeneratedRegex(@"^(n|N|no|No|NO|false|False|FALSE|off|Off|OFF)\z")]
    private static partial Regex False11();

    [GeneratedRegex(@"^[-+]?0b[0-1_]+\z")]
    private static partial Regex Binary11();

    [GeneratedRegex(@"^[-+]?0[0-7_]+\z")]
    private static partial Regex Octal11();

    [GeneratedRegex(@"^[-+]?0x[0-9a-fA-F_]+\z")]
    private static partial Regex Hexadecimal11();

    [GeneratedRegex(@"^[-+]?(0|[1-9][0-9_]*)\z")]
    private static partial Regex Decimal11();

    [GeneratedRegex(@"^[-+]?[1-9][0-9_]*(:[0-5]?[0-9])+\z")]
    private static partial Regex Sexagesimal11();

    [GeneratedRegex(
        @"^([-+]?([0-9][0-9_]*)?\.[0-9_]*([eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\z"
    )]
    private static partial Regex Float11();

    [GeneratedRegex(@"^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?\z")]
    private static partial Regex Date11();
}
