using System;
using System.Collections.Generic;
using System.Globalization;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>What the program was asked for.</summary>
internal sealed record FuzzOptions
{
    public const string Usage = """
        VM entries of mutated VMCSs on Bochs or on KVM's nested VMX, compared with VmEntryChecker and with the same VM entries on SoftwareVmx.

          --bits KIND   first each bit of each field by itself: none, checked (fields that VM entry checks by themselves, a 64-bit
                        guest), one (all fields, a 64-bit guest) or all (all fields, every guest) (checked)
          --cases N     how many cases after that, over all models (20000)
          --seed N      the seed (1)
          --first N     the number of the first case (0); models share the numbers out
          --model NAME  a CPU model of Bochs, again and again (sandy_bridge, skylake_x, tigerlake), or kvm for this machine's KVM
          --jobs N      how many machines at a time (2)
          --record FILE adds which rules decided a case on which machine, for docs/vm-entry-rules.md

        Ends with 1 if the three do not do the same in a case, and neither a known deviation nor what the SDM leaves open is why.
        """;

    public int Cases { get; private init; } = 20_000;

    public int Seed { get; private init; } = 1;

    public int First { get; private init; }

    public int Jobs { get; private init; } = 2;

    public string Bits { get; private init; } = "checked";

    public string? Record { get; private init; }

    public IReadOnlyList<string> Models { get; private init; } = ["corei7_sandy_bridge_2600k", "corei7_skylake_x", "tigerlake"];

    /// <summary>Reads arguments; null if they are wrong.</summary>
    public static FuzzOptions? Read(string[] arguments)
    {
        var options = new FuzzOptions();
        List<string> models = [];
        if (arguments.Length % 2 != 0)
            return null;
        for (var i = 0; i < arguments.Length; i += 2)
        {
            var (option, value) = (arguments[i], arguments[i + 1]);
            var isNumber = int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number);
            switch (option)
            {
                case "--model":
                    models.Add(value);
                    break;
                case "--record":
                    options = options with { Record = value };
                    break;
                case "--bits" when value is "none" or "checked" or "one" or "all":
                    options = options with { Bits = value };
                    break;
                case "--cases" when isNumber && number >= 0:
                    options = options with { Cases = number };
                    break;
                case "--seed" when isNumber:
                    options = options with { Seed = number };
                    break;
                case "--first" when isNumber && number >= 0:
                    options = options with { First = number };
                    break;
                case "--jobs" when isNumber && number > 0:
                    options = options with { Jobs = number };
                    break;
                default:
                    return null;
            }
        }
        return models.Count == 0 ? options : options with { Models = models };
    }
}
