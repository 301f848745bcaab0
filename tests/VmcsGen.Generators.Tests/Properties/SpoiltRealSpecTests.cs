using System;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Text;
using CsCheck;
using VmcsGen.Generators.Emit;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Resolve;
using VmcsGen.Generators.Units;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Properties;

/// <summary>
/// The built-in specs, spoilt. <c>VMCSGEN_FUZZ_SPECS=100000 dotnet test tests/VmcsGen.Generators.Tests -c Release --filter
/// "FullyQualifiedName~SpoiltRealSpecTests"</c> is the long run; without the variable a slice of it runs, always the same.
/// </summary>
public class SpoiltRealSpecTests(ITestOutputHelper output)
{
    private const string CountVariable = "VMCSGEN_FUZZ_SPECS";
    private const int Slice = 1500;
    private const ulong Seed = 20250802;

    // Ten times what the largest spec takes, and independent of the machine.
    private const long MostAllocated = 256L << 20;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    private static readonly EmitOptions Options = new(EmitMode.Own, "Acme");

    [Fact]
    public void Unspoilt_specs_generate()
    {
        foreach (var spec in OwnVariant.All)
        {
            var (units, errors) = Generate(spec);
            // Structs of other machines, which their ioctls take, are not built in.
            if (SpecReader.Read(spec.Path, spec.Text).File.Holds(Architecture.X64))
                Assert.True(errors == 0 || units > 0, $"{spec.Path}: {units} units, {errors} mistakes");
        }
        Assert.InRange(OwnVariant.All.Count(static s => Generate(s) is (> 0, 0)), OwnVariant.All.Count / 2, OwnVariant.All.Count);
    }

    [Fact]
    public void Every_spoilt_spec_gives_output_or_mistakes_in_bounded_time_and_memory()
    {
        var count = int.TryParse(Environment.GetEnvironmentVariable(CountVariable), CultureInfo.InvariantCulture, out var stated)
            ? stated
            : Slice;
        var random = new PCG(1, Seed);
        var (generated, refused, slowest, most) = (0, 0, TimeSpan.Zero, 0L);
        for (var i = 0; i < count; i++)
        {
            var spec = OwnVariant.All[(int)random.Next((uint)OwnVariant.All.Count)];
            var spoilt = new SpecText(spec.Path, random.Next(3) == 0 ? SpoilBytes(spec.Text, random) : SpecTree.Mutate(spec.Text, random));
            var start = Stopwatch.GetTimestamp();
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                var (units, errors) = Generate(spoilt);
                Assert.True(units > 0 || errors > 0 || IsEmpty(spoilt), "neither output nor a mistake");
                _ = errors == 0 ? generated++ : refused++;
            }
            catch (Exception e)
            {
                Assert.Fail($"Seed {Seed}, text {i}: {e}\n--- {spoilt.Path}\n{spoilt.Text}");
            }
            var (took, allocated) = (Stopwatch.GetElapsedTime(start), GC.GetAllocatedBytesForCurrentThread() - before);
            Assert.True(
                took < Longest && allocated < MostAllocated,
                $"Seed {Seed}, text {i}: {took}, {allocated} bytes\n--- {spoilt.Path}\n{spoilt.Text}"
            );
            (slowest, most) = (took > slowest ? took : slowest, Math.Max(most, allocated));
        }
        output.WriteLine(
            $"{generated} generated, {refused} with mistakes; slowest {slowest.TotalMilliseconds:F0} ms, at most {most >> 10} KiB"
        );
        Assert.True(generated > 0 && refused > 0);
    }

    // A project about one of the machines that the file is about.
    private static EmitOptions OptionsFor(SpecFile file) =>
        file.Holds(Architecture.X64) || Architecture.All.FirstOrDefault(file.Holds) is not { } machine
            ? Options
            : Options with
            {
                Architectures = new([machine.Name]),
            };

    private static bool IsEmpty(SpecText spec) => SpecReader.Read(spec.Path, spec.Text).File.Items.Count == 0;

    private static string SpoilBytes(string text, PCG random)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var n = 1 + random.Next(4); n > 0; n--)
        {
            var at = (int)random.Next((uint)bytes.Length);
            switch (random.Next(4))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << (int)random.Next(8));
                    break;
                case 2:
                    bytes = [.. bytes[..at], .. bytes[Math.Min(bytes.Length, at + 1 + (int)random.Next(30))..], (byte)'\n'];
                    break;
                default:
                    var end = Math.Min(bytes.Length, at + 1 + (int)random.Next(200));
                    bytes = [.. bytes[..end], .. bytes[at..]];
                    break;
            }
        }
        return Encoding.UTF8.GetString(bytes);
    }

    private static (int Units, int Errors) Generate(SpecText spec)
    {
        var read = SpecReader.Read(spec.Path, spec.Text);
        var resolution = Resolver.Resolve([read.File], OptionsFor(read.File));
        var units = resolution.UnitsOf(spec.Path);
        Assert.DoesNotContain(resolution.Errors.SelectMany(static e => e.Errors), static e => e.Id == "VMCS0099");
        Assert.Distinct(units.Select(static u => u.Target.Hint), StringComparer.OrdinalIgnoreCase);
        foreach (var unit in units)
            Assert.NotEqual("", Emitter.Emit(unit));
        return (units.Count, read.Errors.Count + resolution.Errors.Sum(static e => e.Errors.Count));
    }
}
