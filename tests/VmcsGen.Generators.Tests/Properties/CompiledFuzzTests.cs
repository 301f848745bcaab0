using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using CsCheck;
using VmcsGen.Generators.Names;
using VmcsGen.Generators.Tests.Testing;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Properties;

/// <summary>
/// Whatever specs say, what is emitted for them compiles: a mistake is told by the generator, with its place in the spec, and never by the
/// compiler in code that nobody wrote. <c>VMCSGEN_FUZZ_COMPILED=200000 dotnet test tests/VmcsGen.Generators.Tests -c Release --filter
/// "FullyQualifiedName~CompiledFuzzTests"</c> is the long run; without the variable a slice of it runs, always the same.
/// </summary>
public partial class CompiledFuzzTests(ITestOutputHelper output)
{
    private const string CountVariable = "VMCSGEN_FUZZ_COMPILED";
    private const int Slice = 400;
    private const ulong Seed = 20260311;

    // Words of the language, and of what every emitted type or file has.
    private static readonly string[] Words =
    [
        .. "abstract add alias allows and args as ascending async await base by checked class const default delegate descending dynamic".Split(
            ' '
        ),
        .. "event extension field file from get global group init into join let managed nameof nint not notnull nuint on or orderby".Split(
            ' '
        ),
        .. "partial record remove required scoped select set this unmanaged value var void when where with yield _ __ _0 __arglist".Split(
            ' '
        ),
        .. "__makeref __reftype __refvalue __value value__ _value _element0 _memory _u32At0 _u8At0 Equals GetHashCode GetType ToString".Split(
            ' '
        ),
        .. "Finalize MemberwiseClone ReferenceEquals op_Equality op_Explicit op_BitwiseOr op_Implicit get_Value set_Value get_Parts".Split(
            ' '
        ),
        .. "get_First set_First init_First With WithFirst Item get_Item Invoke Main Object String Int32 Attribute Enum ValueType".Split(
            ' '
        ),
        .. "OddHandle OddOwner OddRef OddNew SafeFileHandle SafeHandle KvmVm IoctlInfo BigEndian Int128 UnsafeIoctls Dictionary".Split(' '),
        .. "Acme Vmx System VmcsGen Microsoft Runtime CompilerServices Kvm Kick Run Dispose Handle UnsafeIoctl Read Write".Split(' '),
        .. "request errno target targetDescriptor bits vmcs msr image other left right obj name code pointer result argument".Split(' '),
        .. "record_ Record Var Not Required File Scoped Value Name Flags Parts Table Members All Access Count Entries Length".Split(' '),
    ];

    // And every name that emitted code has.
    private static readonly string[] Names =
    [
        .. SpecCompiler
            .Compile(SpecSamples.All)
            .Sources.SelectMany(static text => Name().Matches(Comment().Replace(text, "")).Select(static match => match.Value))
            .Concat(Words)
            .Distinct()
            .Order(StringComparer.Ordinal),
    ];

    [Fact]
    public void What_is_emitted_for_odd_names_compiles() => ForEach(RandomName, Count);

    [Fact]
    public void What_is_emitted_for_reworded_specs_compiles() =>
        ForEach(static random => With(SpecMutations.Reworded.Generate(random, null, out _)), Count / 2);

    [Fact]
    public void What_is_emitted_for_spoilt_specs_compiles() =>
        ForEach(
            static random =>
                random.Next(2) == 0
                    ? With(SpecMutations.Spoilt.Generate(random, null, out _))
                    : [Mutate(OwnVariant.All[(int)random.Next((uint)OwnVariant.All.Count)], random)],
            Count / 2
        );

    [Fact]
    public void What_is_emitted_for_spoilt_specs_of_other_interfaces_compiles() =>
        ForEach(
            static random =>
            {
                var specs = RuntimeSources.ForeignSpecs[(int)random.Next((uint)RuntimeSources.ForeignSpecs.Count)].ToArray();
                var at = random.Next((uint)specs.Length);
                specs[at] = random.Next(2) == 0 ? Mutate(specs[at], random) : Renamed(specs[at], random);
                return specs;
            },
            Count / 2
        );

    // The whole VMX part is compiled each time: a fortieth of the others. KVM's own constants are not there.
    [Fact]
    public void What_is_emitted_for_programs_without_the_runtime_compiles() =>
        ForEach(
            static random =>
                random.Next(3) switch
                {
                    0 => RandomName(random),
                    1 => With(SpecMutations.Reworded.Generate(random, null, out _)),
                    _ => With(SpecMutations.Spoilt.Generate(random, null, out _)),
                },
            Count / 40,
            static specs =>
                SpecCompiler.CompileFreestanding(
                    specs
                        .Where(static spec => !OfAnOperatingSystem().IsMatch(spec.Text))
                        .Select(static spec => new SpecText(
                            spec.Path,
                            spec.Text.Replace("KVM_CAP_IRQCHIP", "ACME_2", StringComparison.Ordinal)
                        ))
                )
        );

    [Fact]
    public void What_is_emitted_in_odd_namespaces_compiles()
    {
        var random = new PCG(1, Seed);
        var isLong = Count > Slice;
        foreach (var name in Names.Where(name => isLong || ReservedNames.IsNamespace(name) || random.Next(8) == 0))
        {
            foreach (var root in new[] { name, $"Acme.{name}", $"{name}.Acme" })
            {
                if (CSharpNames.IsNamespace(root))
                    AssertCompiles(SpecSamples.All, SpecCompiler.Compile(SpecSamples.All, root), $"namespace {root}");
            }
        }
        AssertNothingFailed();
    }

    private static int Count =>
        int.TryParse(Environment.GetEnvironmentVariable(CountVariable), CultureInfo.InvariantCulture, out var stated) ? stated / 2 : Slice;

    private readonly SortedDictionary<string, string> _failures = new(StringComparer.Ordinal);

    private void ForEach(Func<PCG, SpecText[]> project, int count) => ForEach(project, count, static specs => SpecCompiler.Compile(specs));

    private void ForEach(Func<PCG, SpecText[]> project, int count, Func<SpecText[], CompiledSpecs> compile)
    {
        var random = new PCG(1, Seed);
        var start = Stopwatch.GetTimestamp();
        var whole = 0;
        for (var i = 0; i < count; i++)
        {
            var specs = project(random);
            if (AssertCompiles(specs, compile(specs), $"text {i}"))
                whole++;
        }
        output.WriteLine($"{count} projects, {whole} of them without a mistake, {Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s");
        AssertNothingFailed();
        Assert.NotEqual(0, whole);
    }

    private bool AssertCompiles(IReadOnlyList<SpecText> specs, CompiledSpecs compiled, string what)
    {
        Assert.DoesNotContain("VMCS0099", compiled.Mistakes);
        if (compiled.Errors is [var first, ..])
        {
            var changed = specs.Where(static s => SpecSamples.All.All(whole => whole.Text != s.Text));
            _failures.TryAdd(
                Regex.Replace(first, @"\(\d+,\d+\)", ""),
                $"{what}: {first}\n{string.Join('\n', changed.Select(static s => $"--- {s.Path}\n{(s.Text.Length > 3000 ? "long" : s.Text)}"))}"
            );
        }
        return compiled.Mistakes.Count == 0;
    }

    private void AssertNothingFailed() =>
        Assert.True(
            _failures.Count == 0,
            $"Seed {Seed}: {_failures.Count} sorts of errors\n{string.Join("\n\n", _failures.Values.Take(200))}"
        );

    // One to three names of the samples are another one; or one of them is, wherever it stands.
    private static SpecText[] RandomName(PCG random)
    {
        var specs = SpecSamples.All.ToArray();
        var name = Names[random.Next((uint)Names.Length)];
        if (random.Next(3) == 0)
        {
            var declared = specs.SelectMany(static s => Place().Matches(s.Text)).Select(static m => m.Groups[1].Value).ToArray();
            var old = declared[random.Next((uint)declared.Length)].Trim('"');
            return [.. specs.Select(s => new SpecText(s.Path, Regex.Replace(s.Text, $@"\b{Regex.Escape(old)}\b", name)))];
        }
        for (var n = 1 + random.Next(3); n > 0; n--)
        {
            var at = random.Next((uint)specs.Length);
            specs[at] = Renamed(specs[at], name, random);
        }
        return specs;
    }

    private static SpecText Renamed(SpecText spec, PCG random) => Renamed(spec, Names[random.Next((uint)Names.Length)], random);

    private static SpecText Renamed(SpecText spec, string name, PCG random)
    {
        var places = Place().Matches(spec.Text);
        if (places.Count == 0)
            return spec;
        var place = places[(int)random.Next((uint)places.Count)].Groups[1];
        return new(spec.Path, spec.Text.Remove(place.Index, place.Length).Insert(place.Index, $"\"{name}\""));
    }

    private static SpecText[] With(SpecText changed) => [.. SpecSamples.All.Select(s => s.Path == changed.Path ? changed : s)];

    // A third of them ends too soon.
    private static SpecText Mutate(SpecText spec, PCG random) =>
        new(spec.Path, random.Next(3) == 0 ? spec.Text[..(int)random.Next((uint)spec.Text.Length)] : SpecTree.Mutate(spec.Text, random));

    [GeneratedRegex("kind: (kvm-ioctls|cpuid)")]
    private static partial Regex OfAnOperatingSystem();

    [GeneratedRegex(@"\b[A-Za-z_]\w*")]
    private static partial Regex Name();

    [GeneratedRegex(@"//.*|""[^""]*""")]
    private static partial Regex Comment();

    [GeneratedRegex(
        @"\b(?:name|csharp|csharp-type|parameter|namespace|word|prefix|linux|sdm|descriptor|returns|capability|count|text): (""?[\w.]+""?)"
    )]
    private static partial Regex Place();
}
