using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Oracle.Tests.Generated;
using VmcsGen.Oracle.Tests.Support;
using VmcsGen.Vmx;
using Xunit;

namespace VmcsGen.Oracle.Tests.Vmx;

/// <summary>Exit reasons, instruction errors and the values of the smaller enums against the recorded ones.</summary>
public sealed class NumberTests(ITestOutputHelper output)
{
    // Exceptions of AMD's processors (APM 2 8.2), which have no VMX.
    private static readonly string[] s_amd = ["#HV", "#VC", "#SX"];

    [Fact]
    public void Every_exit_reason_has_its_number_and_the_kernels_name() => Compare(NumberedList.ExitReasons);

    [Fact]
    public void Every_instruction_error_has_its_number_and_the_kernels_name() => Compare(NumberedList.InstructionErrors);

    [Fact]
    public void Reserved_exit_reasons_and_instruction_errors_have_no_name()
    {
        var reasons = VmxFacts.At("exit_reasons/reserved_numbers").EnumerateArray();
        var errors = VmxFacts.At("instruction_errors/reserved_numbers").EnumerateArray();
        Assert.DoesNotContain(reasons, static n => Enum.IsDefined((BasicExitReason)n.GetUInt16()));
        Assert.DoesNotContain(errors, static n => Enum.IsDefined((VmInstructionError)n.GetUInt32()));
    }

    [Fact]
    public void Every_recorded_value_of_the_smaller_enums_has_its_number_and_name()
    {
        var values = 0;
        List<string> wrong = [];
        foreach (var list in ValueList.All)
        {
            var differences = list.Compare(GeneratedVmx.Runtime);
            values += VmxFacts.Values(list.Facts).Count;
            wrong.AddRange(differences.Unexpected);
            foreach (var line in differences.Deliberate)
                output.WriteLine("deliberate: " + line);
        }
        output.WriteLine($"{values} values in {ValueList.All.Count} lists");
        Listing.AssertEmpty(wrong, "differences");
        Assert.All(ValueList.All, static list => Assert.NotEmpty(VmxFacts.Values(list.Facts)));
    }

    // KVM's header has the vectors that KVM injects; the others are the NMI and exceptions that only a processor raises.
    [Fact]
    public void Every_exception_of_the_kernels_header_has_its_vector_and_mnemonic()
    {
        var recorded = KvmFacts
            .Read(KvmFacts.Newest)
            .Constants.Where(static c => c.Key.Length == "GP_VECTOR".Length && c.Key.EndsWith("_VECTOR", StringComparison.Ordinal))
            .ToDictionary(static c => "#" + c.Key[..2], static c => (int)c.Value);
        Assert.NotEmpty(recorded);
        var vectors = Enum.GetValues<ExceptionVector>().ToDictionary(static v => v.Mnemonic, static v => (int)v);
        Listing.AssertEmpty(
            recorded.Where(r => vectors.GetValueOrDefault(r.Key, -1) != r.Value).Select(static r => r.Key).Except(s_amd),
            "other vectors"
        );
        Assert.Equal(["Coprocessor segment overrun", "NMI"], vectors.Keys.Except(recorded.Keys).Order(StringComparer.Ordinal));
    }

    private void Compare(NumberedList list)
    {
        var differences = new Differences();
        var compared = list.Compare(GeneratedVmx.Runtime, differences);
        output.WriteLine($"{compared.Numbers} numbers, {compared.Named} with a name in the kernel");
        differences.AssertNone(output);
        Assert.NotEqual(0, compared.Named);
    }
}
