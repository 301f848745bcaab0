using System.Linq;
using Microsoft.CodeAnalysis;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Pipeline;

public class CacheabilityTests
{
    // The table for projects that reference this one is made anew when what is declared changes.
    private const int Table = 1;

    [Fact]
    public void Every_tracking_name_is_a_step_of_the_pipeline()
    {
        var run = Project.RunBesideLibrary();
        Assert.Equal(9, Steps.All.Count);
        Assert.All(Steps.All, name => Assert.Contains(name, run.StepNames));
    }

    [Fact]
    public void First_run_does_everything()
    {
        var run = Project.Run();
        Assert.All(Steps.All, name => Assert.All(run.Step(name), static o => Assert.Equal(IncrementalStepRunReason.New, o.Reason)));
    }

    [Fact]
    public void Change_of_the_CSharp_code_makes_nothing_run()
    {
        var run = Project.Run().WithCSharp("class Unrelated { int x; }");
        Assert.All(Steps.All, name => Assert.All(run.Step(name), static o => Assert.Equal(IncrementalStepRunReason.Cached, o.Reason)));
        Assert.All(run.Outputs, static o => Assert.Equal(IncrementalStepRunReason.Cached, o.Reason));
    }

    [Fact]
    public void Evaluating_the_project_again_makes_nothing_new() =>
        Project.RunBesideLibrary().WithOptions().AssertQuietFrom(TrackingNames.Options);

    [Theory]
    [InlineData("kind:", "# A comment at the top.\nkind:")]
    [InlineData("fields:", "fields:\n\n  # A comment in between.\n")]
    [InlineData("An index.", "An index.   ")]
    [InlineData("{ name: AcmeIndex,", "{ name:   AcmeIndex,   # A comment behind.\n     ")]
    public void Comment_or_blank_space_in_a_spec_emits_nothing_anew(string old, string replacement)
    {
        var run = Project.RunBesideLibrary().WithEdit(Project.Fields, old, replacement);
        run.AssertQuietFrom(TrackingNames.Models);
        Assert.Single(run.Step(TrackingNames.Read), static o => o.Reason == IncrementalStepRunReason.Modified);
    }

    [Fact]
    public void Comment_above_a_mistake_moves_its_diagnostic_and_emits_nothing_anew()
    {
        var first = Project.Run();
        var run = first.WithEdit(Project.Broken, "enums:", "# A comment.\nenums:");
        Assert.True(run.IsQuiet(TrackingNames.Models));
        Assert.True(run.IsQuiet(TrackingNames.Resolution));
        Assert.True(run.IsQuiet(TrackingNames.Units));
        Assert.Equal(1, run.CountMade());
        Assert.Equal(Line(first) + 1, Line(run));

        static int Line(GeneratorRun run) => Assert.Single(run.Diagnostics).Location.GetLineSpan().StartLinePosition.Line;
    }

    [Fact]
    public void Changed_text_emits_only_the_item_that_has_it()
    {
        var run = Project.Run().WithEdit(Project.Bits, "Written to.", "Somebody wrote to it.");
        Assert.Equal(["AcmeFlags.g.cs"], run.ChangedUnits());
        Assert.Equal(1, run.CountMade());
        Assert.Single(run.Step(TrackingNames.Models), static o => o.Reason == IncrementalStepRunReason.Modified);
    }

    [Fact]
    public void Changed_value_emits_the_item_and_those_that_depend_on_it()
    {
        var run = Project
            .Run()
            .WithEdit(
                Project.Structs,
                "size: 8, doc: Registers., members: [{ name: rax, type: __u64, doc: RAX. }] }\n  - { name: acme_pair, size: 16",
                "size: 4, doc: Registers., members: [{ name: rax, type: __u32, doc: RAX. }] }\n  - { name: acme_pair, size: 8"
            );
        Assert.Equal(["AcmePair.g.cs", "AcmeRegs.g.cs"], run.ChangedUnits());
        Assert.Equal(2 + Table, run.CountMade());
    }

    [Fact]
    public void Control_bit_by_its_full_name_is_the_same_condition()
    {
        var run = Project.Run().WithEdit(Project.Fields, "EnableAcme", "AcmeControls.EnableAcme");
        Assert.False(run.IsQuiet(TrackingNames.Models));
        Assert.Empty(run.ChangedUnits());
        Assert.Equal(Table, run.CountMade());
    }

    [Fact]
    public void Added_spec_is_read_alone()
    {
        var first = Project.Run();
        var run = first.WithAdded(
            new SpecText(
                "specs/more.vmcs.yaml",
                """
                kind: enums
                enums:
                  - { name: AcmeMode, size: 8, doc: Modes., values: [{ value: 0, name: Off, doc: Off. }] }
                """
            )
        );
        Assert.Single(run.Step(TrackingNames.Read), static o => o.Reason != IncrementalStepRunReason.Cached);
        Assert.Single(run.Step(TrackingNames.Models), static o => o.Reason == IncrementalStepRunReason.New);
        Assert.Equal(["AcmeMode.g.cs"], run.ChangedUnits());
        Assert.Equal(1 + Table, run.CountMade());
        Assert.Equal(first.Sources, run.Sources.Where(static s => s.Hint != "AcmeMode.g.cs"));
    }

    [Fact]
    public void Item_added_to_a_file_emits_nothing_of_other_files_anew()
    {
        var run = Project
            .Run()
            .WithEdit(Project.Bits, "  - name: AcmeControls", "  - { name: AcmeFirst, size: 8, bits: [] }\n  - name: AcmeControls");
        Assert.All(
            run.ChangedUnits(),
            static hint => Assert.Contains(hint, (string[])["AcmeFirst.g.cs", "AcmeControls.g.cs", "AcmeFlags.g.cs"])
        );
    }

    [Fact]
    public void Removed_spec_takes_its_items_away()
    {
        var first = Project.Run();
        var run = first.WithRemoved(Project.Structs);
        Assert.DoesNotContain(
            run.Step(TrackingNames.Read),
            static o => o.Reason is IncrementalStepRunReason.New or IncrementalStepRunReason.Modified
        );
        Assert.Empty(run.ChangedUnits());
        Assert.Equal(Table, run.CountMade());
        Assert.Equal(first.Sources.Where(static s => s.Hint is not ("AcmeRegs.g.cs" or "AcmePair.g.cs")), run.Sources);
    }

    [Fact]
    public void Mistake_that_is_mended_takes_its_diagnostic_away()
    {
        var run = Project.Run().WithEdit(Project.Broken, "valeus: [], ", "");
        Assert.Empty(run.Diagnostics);
        Assert.Equal(1 + Table, run.CountMade());
        Assert.Equal(["AcmeTrap.g.cs"], run.ChangedUnits());
    }

    [Fact]
    public void Another_root_namespace_emits_everything_anew()
    {
        var first = Project.Run();
        var run = first.WithOptions("Other");
        Assert.True(run.IsQuiet(TrackingNames.Models));
        Assert.Equal(first.Sources.Select(static s => s.Hint), run.ChangedUnits());
        Assert.All(run.Sources, static s => Assert.Contains("namespace Other;", s.Text));
    }

    [Fact]
    public void Files_that_are_no_specs_are_not_read() =>
        Assert.DoesNotContain(Project.Run().Step(TrackingNames.Read), static o => o.Value.ToString()!.Contains("other.yaml"));
}
