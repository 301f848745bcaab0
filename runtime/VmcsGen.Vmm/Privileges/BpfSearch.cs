using System;
using System.Collections.Generic;

namespace VmcsGen.Vmm;

/// <summary>BPF that looks a loaded number up among others.</summary>
internal static class BpfSearch
{
    // Fewer are compared one by one.
    private const int MostInRow = 4;

    /// <summary>Half by half, so that any number takes few comparisons.</summary>
    /// <param name="numbers">The numbers, in ascending order.</param>
    /// <param name="found">What is executed for one of them; it ends the program.</param>
    /// <param name="missing">What is executed for any other; it ends the program.</param>
    public static List<BpfInstruction> Make(ReadOnlySpan<uint> numbers, BpfInstruction found, BpfInstruction missing)
    {
        var code = new List<BpfInstruction>();
        if (numbers.Length <= MostInRow)
        {
            foreach (var number in numbers)
            {
                code.Add(BpfInstruction.UnlessEqualSkip(number));
                code.Add(found);
            }
            code.Add(missing);
            return code;
        }
        var middle = numbers.Length / 2;
        var below = Make(numbers[..middle], found, missing);
        code.Add(BpfInstruction.IfBelowSkip(numbers[middle]));
        code.Add(BpfInstruction.Jump(below.Count));
        code.AddRange(below);
        code.AddRange(Make(numbers[middle..], found, missing));
        return code;
    }
}
