using System.Linq;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Oracle.Tests.Generated;
using VmcsGen.Oracle.Tests.Support;
using Xunit;

namespace VmcsGen.Oracle.Tests.Vmx;

/// <summary>What VM entry demands of fields one by one, in the specs and in the SDM.</summary>
public sealed class EntryCheckTests(ITestOutputHelper output)
{
    [Fact]
    public void Fields_carry_the_checks_that_the_SDM_makes_and_no_others()
    {
        var differences = new Differences();
        EntryCheckComparison.Compare(EntryCheckFacts.Read(), GeneratedVmx.Runtime, differences);
        differences.AssertNone(output);
    }

    [Fact]
    public void A_demand_is_recorded_once_and_says_something()
    {
        var facts = EntryCheckFacts.Read().Checks;
        Assert.Equal(facts.Count, facts.Select(static fact => fact.Number).Distinct().Count());
        Assert.All(facts, static fact => Assert.True(fact.Form is not null || fact.Mask != 0, fact.Field));
    }
}
