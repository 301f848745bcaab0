using System;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Text;
using VmcsGen.Generators.Emit;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.References;
using VmcsGen.Generators.Resolve;
using VmcsGen.Generators.Units;
using VmcsGen.Generators.Values;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Properties;

/// <summary>Time, memory and output grow as the input does, whatever repeats in it: mistakes too.</summary>
public class GrowthTests
{
    private const int Few = 1_000;
    private const int Times = 10;

    // Emitted characters for each character of a spec. The shortest items give what their kind of type needs at least.
    private const int MostEmitted = 128;

    // What grows with the square of the input takes a hundred times as long for ten times of it.
    private const int MostGrowth = 3 * Times;

    private static readonly EquatableArray<HandleType> Handles = new([
        new(new("SafeFileHandle", "Acme"), HandleForm.Handle, "global::Microsoft.Win32.SafeHandles.SafeFileHandle", IsPublic: true),
    ]);

    private static readonly string Long = new('x', 200);

    public static TheoryData<string, string, string> Repeated =>
        new()
        {
            { "one name", "kind: enums\nenums:\n", "  - { name: A, size: 8, values: [] }\n" },
            { "enums", "kind: enums\nenums:\n", "  - { name: A#, size: 8, values: [] }\n" },
            { "values", "kind: enums\nenums:\n  - name: A\n    size: 32\n    values:\n", "      - { name: B#, value: # }\n" },
            { "values of one name", "kind: enums\nenums:\n  - name: A\n    size: 32\n    values:\n", "      - { name: B, value: # }\n" },
            { "a long source", $"kind: enums\nsource: {Long}\nenums:\n", "  - { name: A#, size: 8, values: [] }\n" },
            { "bit-fields", "kind: bitfields\nbitfields:\n", "  - { name: A#, size: 8, bits: [] }\n" },
            { "parts of one name", "kind: bitfields\nbitfields:\n  - name: A\n    size: 64\n    bits:\n", "      - { name: B, bit: 1 }\n" },
            { "extensions", "kind: bitfields\nbitfields:\n", "  - { extends: PinBasedControls, bits: [] }\n" },
            {
                "words with one bit's name",
                "kind: bitfields\nbitfields:\n",
                "  - { name: A#, size: 8, capability: VmxBasic, activated-by: B, bits: [{ name: B, bit: 0 }] }\n"
            },
            { "fields", "kind: vmcs-fields\nfields:\n", "  - { name: A#, encoding: 0x2E00 }\n" },
            { "unknown conditions", "kind: vmcs-fields\nfields:\n", "  - { name: A#, encoding: 0x2E00, exists-when: Bad# }\n" },
            { "layouts", "kind: layouts\nlayouts:\n", "  - { name: A#, size: 8, fields: [] }\n" },
            { "long tables", "kind: layouts\nlayouts:\n", "  - { name: A#, size: 8, fields: [{ offset: 0, field: HostRip }] }\n" },
            { "MSRs", "kind: msrs\nmsrs:\n", "  - { name: A#, index: # }\n" },
            { "features", "kind: cpuid\nfeatures:\n", "  - { name: A#, leaf: 0, register: eax, bit: 0 }\n" },
            { "structs", "kind: kvm-structs\nstructs:\n", "  - { name: a#, size: 8, members: [{ name: b, type: __u64 }] }\n" },
            {
                "structs of an unknown one",
                "kind: kvm-structs\nstructs:\n",
                "  - { name: a#, size: 8, members: [{ name: b, type: struct c# }] }\n"
            },
            {
                "dimensions",
                "kind: kvm-structs\nstructs:\n",
                "  - { name: a#, size: 8, members: [{ name: b, type: '__u64[1][1][1][1][1][1][1][1]' }] }\n"
            },
            {
                "ioctls",
                "kind: kvm-ioctls\nioctls:\n",
                "  - { name: A#, number: 1, direction: none, descriptor: [system, vm, vcpu, device] }\n"
            },
            { "ioctls of one name", "kind: kvm-ioctls\nioctls:\n", "  - { name: A, number: 1, direction: none, descriptor: vm }\n" },
            {
                "constants",
                "kind: kvm-constants\ngroups:\n",
                "  - { name: A#, form: enum, texts: true, values: [{ name: B, value: 1 }] }\n"
            },
            {
                "constants of one name that stand on each other",
                "kind: kvm-constants\ngroups:\n",
                "  - { name: A#, form: constants, values: [{ name: B, value: B + 1 }, { name: C, value: B }, { name: D#, value: C }] }\n"
            },
            {
                "constants that say the same",
                "kind: kvm-constants\ngroups:\n",
                "  - { name: A#, form: constants, values: [{ name: B, value: 1 }, { name: C#, value: B }] }\n"
            },
            {
                "a chain of constants",
                "kind: kvm-constants\ngroups:\n",
                "  - { name: A#, form: constants, values: [{ name: B, value: B }, { name: B#, value: B }] }\n"
            },
            {
                "flags of one bit",
                "kind: kvm-constants\ngroups:\n  - name: A\n    form: flags\n    values:\n",
                "      - { name: B#, value: 1 << 3 }\n"
            },
            {
                "flexible arrays",
                "kind: kvm-structs\nstructs:\n  - name: a\n    size: 8\n    union:\n",
                "      - { struct: [{ name: n#, type: __u64 }, { name: b#, type: '__u64[]', count: n# }] }\n"
            },
            {
                "bit-fields of C",
                "kind: kvm-structs\nstructs:\n  - name: a\n    size: 8\n    packed: true\n    members:\n",
                "      - { name: b#, type: int, bits: 3 }\n"
            },
            {
                "pointers and unknown lengths",
                "kind: kvm-structs\nstructs:\n",
                "  - { name: a#, size: 8, align: 8, members: [{ name: b, type: 'struct c# *' }, { name: d, type: '__u8[E#]' }] }\n"
            },
            {
                "ioctls of one number",
                "kind: kvm-ioctls\ntype: 0xB8\nioctls:\n",
                "  - { name: A#, number: 1, direction: none, descriptor: SafeFileHandle, request: 0xB801 }\n"
            },
            {
                "capabilities that nobody knows",
                "kind: kvm-ioctls\nioctls:\n",
                "  - { name: A#, number: 1, direction: none, descriptor: vm, capability: ACME_CAP_# }\n"
            },
        };

    [Theory]
    [MemberData(nameof(Repeated))]
    public void Ten_times_as_many_items_cost_about_ten_times_as_much(string what, string head, string item)
    {
        AssertLinear(what, count => [Spec("acme.vmcs.yaml", head, item, 0, count)]);
    }

    [Theory]
    [MemberData(nameof(Repeated))]
    public void Ten_times_as_many_files_cost_about_ten_times_as_much(string what, string head, string item)
    {
        AssertLinear(what, count => [.. Enumerable.Range(0, count).Select(n => Spec($"{n}/acme{n}.vmcs.yaml", head, item, n, 1))]);
    }

    [Fact]
    public void Namespaces_cost_no_more_than_their_files() =>
        AssertLinear(
            "namespaces",
            static count =>
                [
                    .. Enumerable
                        .Range(0, count)
                        .Select(static n =>
                            Spec(
                                $"acme{n}.yaml",
                                $"kind: enums\nnamespace: N{n}\nenums:\n",
                                "  - { name: A#, size: 8, values: [] }\n",
                                n,
                                1
                            )
                        ),
                ]
        );

    private static void AssertLinear(string what, Func<int, SpecText[]> project)
    {
        var (few, many) = (project(Few / 4), project(Few / 4 * Times));
        Measure(few); // Until the JIT has seen it.
        var (shortest, _) = Measure(few);
        var (longest, emitted) = Measure(many);
        // One slow run is the machine's, many are ours.
        for (var n = 0; n < 8 && longest > shortest * MostGrowth; n++)
        {
            (shortest, longest) = (Math.Max(shortest, Measure(few).Took), Math.Min(longest, Measure(many).Took));
        }
        Assert.True(longest < shortest * MostGrowth, $"{what}: {Times} times as much takes {longest / shortest:F0} times as long");
        var given = many.Sum(static spec => (long)spec.Text.Length);
        Assert.True(emitted < given * MostEmitted + 4_000_000, $"{what}: {given} characters become {emitted}");
    }

    private static (double Took, long Emitted) Measure(SpecText[] specs)
    {
        var start = Stopwatch.GetTimestamp();
        var read = specs.Select(static spec => SpecReader.Read(spec.Path, spec.Text)).ToArray();
        var resolution = Resolver.Resolve(read.Select(static r => r.File), new EmitOptions(EmitMode.Own, "Acme"), new(Handles));
        var emitted = resolution.Shared.Sum(static unit => (long)Emitter.Emit(unit).Length);
        foreach (var spec in specs)
        {
            emitted += resolution.UnitsOf(spec.Path).Sum(static unit => (long)Emitter.Emit(unit).Length);
            _ = resolution.ErrorsOf(spec.Path).Count;
        }
        return (Stopwatch.GetElapsedTime(start).TotalMilliseconds, emitted);
    }

    private static SpecText Spec(string path, string head, string item, int first, int count)
    {
        var text = new StringBuilder(head);
        for (var n = first; n < first + count; n++)
            text.Append(item.Replace("#", n.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
        return new(path, text.ToString());
    }
}
