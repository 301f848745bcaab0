using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Oracle.Tests.Generated;
using VmcsGen.Oracle.Tests.Support;
using VmcsGen.Vmx;
using Xunit;

namespace VmcsGen.Oracle.Tests.Vmx;

/// <summary>The other bit-fields against the recorded ones.</summary>
public sealed class BitLayoutTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_recorded_part_has_its_bits_and_name()
    {
        var parts = 0;
        List<string> wrong = [];
        foreach (var layout in BitLayout.All)
        {
            var differences = layout.Compare(GeneratedVmx.Runtime);
            parts += layout.Facts.Sum(static path => VmxFacts.Parts(path).Count);
            wrong.AddRange(differences.Unexpected);
            foreach (var line in differences.Deliberate)
                output.WriteLine("deliberate: " + line);
        }
        output.WriteLine($"{parts} parts of {BitLayout.All.Count} bit-fields");
        Listing.AssertEmpty(wrong, "differences");
        Assert.All(BitLayout.All, static layout => Assert.All(layout.Facts, static path => Assert.NotEmpty(VmxFacts.Parts(path))));
    }

    /// <summary>Lists of other sources, which have names of their own and lack newer bits.</summary>
    internal static readonly (string Facts, string Type)[] OtherSources =
    [
        ("exit_qualification_ia32doc_2021/debug_exception", nameof(DebugExceptionQualification)),
        ("exit_qualification_ia32doc_2021/task_switch", nameof(TaskSwitchQualification)),
        ("exit_qualification_ia32doc_2021/mov_cr", nameof(CrAccessQualification)),
        ("exit_qualification_ia32doc_2021/mov_dr", nameof(DrAccessQualification)),
        ("exit_qualification_ia32doc_2021/io_instruction", nameof(IoInstructionQualification)),
        ("exit_qualification_ia32doc_2021/apic_access", nameof(ApicAccessQualification)),
        ("exit_qualification_ia32doc_2021/ept_violation", nameof(EptViolationQualification)),
        ("segment_access_rights/ia32doc", nameof(SegmentAccessRights)),
    ];

    // Parts that have grown since: with APX the number of a general-purpose register has 5 bits.
    private static readonly string[] Grown =
    [
        "CrAccessQualification.GENERAL_PURPOSE_REGISTER",
        "DrAccessQualification.GENERAL_PURPOSE_REGISTER",
    ];

    [Fact]
    public void Other_sources_put_the_parts_into_the_same_bits() =>
        Listing.AssertEmpty(
            from source in OtherSources
            from fact in VmxFacts.Parts(source.Facts)
            let hasGrown = Grown.Contains($"{source.Type}.{fact.Name}".ToUpperInvariant(), StringComparer.OrdinalIgnoreCase)
            where
                !GeneratedVmx
                    .Runtime.BitFields[source.Type]
                    .Parts.Values.Any(p => p.Low == fact.Low && p.High == fact.High + (hasGrown ? 1 : 0))
            select $"{source.Type}.{fact.Name}: no generated part has the bits {fact.High}:{fact.Low}",
            "differences"
        );

    [Fact]
    public void The_first_word_of_a_vmcs12_has_the_recorded_parts()
    {
        var differences = new Differences();
        LayoutFormats.CompareFirstWord(GeneratedVmx.Runtime, differences);
        differences.AssertNone(output);
    }

    [Fact]
    public void The_clean_fields_have_a_bit_for_each_recorded_group()
    {
        var differences = new Differences();
        output.WriteLine($"{LayoutFormats.CompareCleanFields(GeneratedVmx.Runtime, differences)} groups");
        differences.AssertNone(output);
    }
}
