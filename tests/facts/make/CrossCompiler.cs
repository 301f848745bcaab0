using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using VmcsGen.Tool;

namespace VmcsGen.Facts;

/// <summary>
/// gcc for another machine, which is asked what C expressions come to there. Nothing of it is run: each answer is the initial value of a
/// variable, and is read from the assembly that the compiler writes. The compiler alone is enough, without assembler and libraries.
/// </summary>
/// <param name="path">The program <c>cc1</c>.</param>
/// <param name="options">What the program <c>gcc</c> would hand to it.</param>
internal sealed class CrossCompiler(string path, IReadOnlyList<string> options)
{
    // Names of variables: values, signs, and structs of which a bit-field is set.
    private const string Value = "vmcsgen_value_";
    private const string Sign = "vmcsgen_sign_";
    private const string Bits = "vmcsgen_bits_";

    /// <summary>Asks.</summary>
    /// <param name="source">C that includes headers.</param>
    /// <param name="expressions">Integer constant expressions.</param>
    /// <param name="bitFields">Bit-fields as <c>struct x.member</c>.</param>
    public CrossAnswers Ask(string source, IReadOnlyList<string> expressions, IReadOnlyList<string> bitFields)
    {
        var text = new StringBuilder(source);
        for (var i = 0; i < expressions.Count; i++)
            text.Append(
                CultureInfo.InvariantCulture,
                $"const unsigned long long {Value}{i} = (unsigned long long)({expressions[i]});\nconst unsigned char {Sign}{i} = ({expressions[i]}) < 0;\n"
            );
        for (var i = 0; i < bitFields.Count; i++)
        {
            var dot = bitFields[i].IndexOf('.', StringComparison.Ordinal);
            text.Append(CultureInfo.InvariantCulture, $"const {bitFields[i][..dot]} {Bits}{i} = {{ {bitFields[i][dot..]} = -1 }};\n");
        }
        var variables = Variables(Compile(text.ToString()));
        return new(
            expressions
                .Select((expression, i) => (expression, Number(variables[$"{Value}{i}"], variables[$"{Sign}{i}"])))
                .ToDictionary(static pair => pair.expression, static pair => pair.Item2),
            bitFields
                .Select((field, i) => (field, SetBits(variables[$"{Bits}{i}"])))
                .ToDictionary(static pair => pair.field, static pair => pair.Item2)
        );
    }

    private string Compile(string source)
    {
        var folder = Directory.CreateTempSubdirectory("vmcsgen-facts-");
        try
        {
            var (file, assembly) = (Path.Combine(folder.FullName, "ask.c"), Path.Combine(folder.FullName, "ask.s"));
            File.WriteAllText(file, source);
            var start = new ProcessStartInfo(path, ["-quiet", "-w", .. options, file, "-o", assembly]) { RedirectStandardError = true };
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? File.ReadAllText(assembly) : throw new InputException($"{path}: {errors.Trim()}");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // The directives behind each label: how wide, and which number.
    private static Dictionary<string, List<(int Size, Int128 Number)>> Variables(string assembly)
    {
        var variables = new Dictionary<string, List<(int, Int128)>>(StringComparer.Ordinal);
        List<(int, Int128)>? variable = null;
        foreach (var line in assembly.Split('\n'))
        {
            if (line.EndsWith(':') && !line.StartsWith('.'))
                variables.Add(line[..^1], variable = []);
            var words = line.Split((char[])[' ', '\t'], 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (variable is null || words.Length < 2)
                continue;
            switch (words[0])
            {
                case ".zero" or ".skip" or ".space":
                    variable.AddRange(Enumerable.Repeat((1, (Int128)0), int.Parse(words[1], CultureInfo.InvariantCulture)));
                    break;
                case ".byte":
                    variable.Add((1, Parse(words[1])));
                    break;
                case ".quad" or ".xword" or ".dword" or ".8byte":
                    variable.Add((8, Parse(words[1])));
                    break;
                case ".ascii" or ".string" or ".half" or ".hword" or ".short" or ".2byte" or ".word" or ".long" or ".4byte":
                    throw new InvalidOperationException($"'{line.Trim()}' is no answer: no question has one of this form.");
            }
        }
        return variables;
    }

    private static Int128 Parse(string number) =>
        number.StartsWith("0x", StringComparison.Ordinal)
            ? ulong.Parse(number.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
            : Int128.Parse(number, CultureInfo.InvariantCulture);

    private static Int128 Number(List<(int Size, Int128 Number)> value, List<(int Size, Int128 Number)> sign)
    {
        // A zero is so many bytes.
        var number = value is [(8, var stated)] ? unchecked((ulong)stated) : 0;
        return sign.Single().Number != 0 ? unchecked((long)number) : number;
    }

    // Counted from the lowest of the first byte, so that they are the same on whatever machine the bytes are read.
    private static (int Low, int Count) SetBits(List<(int Size, Int128 Number)> bytes)
    {
        var set = bytes
            .SelectMany(
                static (one, at) => Enumerable.Range(0, 8).Where(bit => ((byte)one.Number >> bit & 1) != 0).Select(bit => (at * 8) + bit)
            )
            .ToArray();
        return set.Length > 0 && set[^1] - set[0] + 1 == set.Length
            ? (set[0], set.Length)
            : throw new InvalidOperationException("The bits of a bit-field are not neighbours.");
    }
}

/// <summary>What a compiler answers.</summary>
/// <param name="Numbers">What each expression comes to.</param>
/// <param name="Bits">Where each bit-field lies.</param>
internal sealed record CrossAnswers(IReadOnlyDictionary<string, Int128> Numbers, IReadOnlyDictionary<string, (int Low, int Count)> Bits);
