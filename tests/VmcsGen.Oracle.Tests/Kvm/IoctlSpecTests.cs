using System;
using System.Linq;
using System.Text.Json;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Oracle.Tests.Support;
using Xunit;

namespace VmcsGen.Oracle.Tests.Kvm;

/// <summary>
/// The ioctls' specs against the recorded ones. A request number holds only the size of its argument; which type that is, the
/// spec must tell rightly too.
/// </summary>
public sealed class IoctlSpecTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_ioctl_has_the_recorded_number_direction_and_argument()
    {
        var facts = KvmFacts.Read(KvmFacts.Newest).Ioctls;
        var differences = new Differences();
        var specs = Specs
            .Paths.Where(static path => path.StartsWith("spec/kvm/ioctls/", StringComparison.Ordinal))
            .SelectMany(static path => Specs.Read(path).RootElement.GetProperty("ioctls").EnumerateArray())
            .ToArray();
        foreach (var spec in specs)
        {
            var name = Text(spec, "name")!;
            if (!facts.TryGetValue(name, out var fact))
            {
                differences.Add(name, "is not recorded");
                continue;
            }
            differences.Check(name, "number", fact.Number, spec.GetProperty("number").GetInt32());
            differences.Check(name, "direction", fact.Direction, Text(spec, "direction"));
            // Without a direction the header names no type, and the spec says what is really passed.
            if (fact.Argument is { } argument)
                differences.Check(name, "argument", CTypes.Expected(argument), CTypes.Expected(Text(spec, "argument")!));
        }
        output.WriteLine($"{specs.Length} ioctls");
        differences.AssertNone(output);
        Assert.Equal(facts.Count, specs.Length);
    }

    private static string? Text(JsonElement item, string key) => item.TryGetProperty(key, out var value) ? value.GetString() : null;
}
