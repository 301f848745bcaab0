using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Architecture.Tests;

public class RoomTests
{
    private static readonly ConcurrentDictionary<Building, Sources> Compiled = new();

    public static TheoryData<string> Folders => [.. Rules.Buildings.Select(static building => building.Folder)];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Compiler_understands_all_sources(string folder) => Assert.Empty(SourcesOf(folder).Errors);

    [Theory]
    [MemberData(nameof(Folders))]
    public void Rooms_are_those_of_the_rules(string folder) =>
        Assert.Equal(Find(folder).MayUse.Keys.Order(), SourcesOf(folder).Rooms.Order());

    [Theory]
    [MemberData(nameof(Folders))]
    public void Namespace_of_each_file_is_that_of_its_folder(string folder) => Assert.Empty(SourcesOf(folder).Strays);

    [Theory]
    [MemberData(nameof(Folders))]
    public void No_room_uses_one_that_it_may_not(string folder) => Assert.Empty(Forbidden(Find(folder), SourcesOf(folder).Uses));

    [Theory]
    [MemberData(nameof(Folders))]
    public void Rules_name_no_use_that_does_not_occur(string folder)
    {
        var uses = SourcesOf(folder).Uses.Select(static use => (use.From, use.To)).ToHashSet();
        var allowed = Find(folder).MayUse.SelectMany(static room => room.Value.Select(to => (room.Key, to)));
        Assert.Empty(allowed.Except(uses));
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Rooms_use_each_other_in_no_circle(string folder) => Assert.Null(Circle.In(Find(folder).MayUse));

    [Theory]
    [InlineData("using VmcsGen.Generators.Resolve;", "Resolver.Resolve([], null!)", "Resolver")]
    [InlineData("", "Resolve.Resolver.Resolve([], null!)", "Resolver")]
    [InlineData("", "global::VmcsGen.Generators.Emit.Emitter.Emit(null!)", "Emitter")]
    public void Forbidden_use_is_found(string directive, string expression, string what)
    {
        var sources = SourcesOf(Rules.Generator.Folder)
            .With(
                "Specs/Added.cs",
                $$"""
                {{directive}}
                namespace VmcsGen.Generators.Specs;
                internal static class Added { public static object Get() => {{expression}}; }
                """
            );
        Assert.Empty(sources.Errors);
        Assert.Contains(Forbidden(Rules.Generator, sources.UsesIn("Specs/Added.cs")), use => use.What == what && use.From == "Specs");
    }

    [Fact]
    public void Using_of_a_forbidden_room_is_found_though_nothing_of_it_is_named()
    {
        var sources = SourcesOf(Rules.Generator.Folder)
            .With("Model/Added.cs", "using VmcsGen.Generators.Emit;\nnamespace VmcsGen.Generators.Model;\n");
        var use = Assert.Single(Forbidden(Rules.Generator, sources.UsesIn("Model/Added.cs")));
        Assert.Equal("Model/Added.cs(1): Model uses Emit of Emit", use.ToString());
    }

    [Fact]
    public void Use_of_a_value_whose_type_is_not_named_is_found()
    {
        var sources = SourcesOf(Rules.Generator.Folder)
            .With(
                "Emit/Added.cs",
                """
                namespace VmcsGen.Generators.Emit;
                internal static class Added { public static bool Has(Units.EnumUnit unit) => Other.Error.At > unit.Name.Length; }
                """
            )
            .With(
                "Other.cs",
                """
                namespace VmcsGen.Generators;
                internal static class Other { public static Diagnostics.SpecError Error => default; }
                """
            );
        Assert.Empty(sources.Errors);
        Assert.Contains(
            Forbidden(Rules.Generator, sources.UsesIn("Emit/Added.cs")),
            static use => use is { From: "Emit", To: "Diagnostics", What: "SpecError" }
        );
    }

    [Theory]
    [InlineData(
        "internal static class Added { public static object Get(MemorySlot slot) => new DirtyBitmap(slot); }",
        "DirtyBitmap",
        "Dirty"
    )]
    [InlineData("internal static class Added { public static void Use(KvmVm vm) { } }", "KvmVm", Building.FacadeLayer)]
    [InlineData(
        "internal static class Added { public static int Get(IDescribed of) => of.Vm.GetHashCode(); }",
        "KvmVm",
        Building.FacadeLayer
    )]
    public void Use_that_goes_up_is_found_though_rooms_share_a_namespace(string type, string what, string to)
    {
        var sources = SourcesOf(Rules.Kvm.Folder)
            .With("Memory/Added.cs", $"namespace VmcsGen.Kvm;\n{type}")
            .With("Added.cs", "namespace VmcsGen.Kvm;\ninternal interface IDescribed { KvmVm Vm { get; } }");
        Assert.Empty(sources.Errors);
        Assert.Contains(
            Forbidden(Rules.Kvm, sources.UsesIn("Memory/Added.cs")),
            use => use.From == "Memory" && use.To == to && use.What == what
        );
    }

    [Fact]
    public void What_a_part_of_a_facade_uses_is_not_its_rooms_use()
    {
        var sources = SourcesOf(Rules.Kvm.Folder)
            .With(
                "Memory/Added.cs",
                "namespace VmcsGen.Kvm;\npublic sealed partial class KvmVm { internal static DirtyBitmap Added(MemorySlot slot) => new(slot); }"
            );
        Assert.Empty(sources.Errors);
        Assert.Empty(sources.UsesIn("Memory/Added.cs"));
    }

    private static RoomUse[] Forbidden(Building building, IEnumerable<RoomUse> uses) =>
        [.. uses.Where(use => !building.MayUse.TryGetValue(use.From, out var allowed) || !allowed.Contains(use.To))];

    private static Building Find(string folder) => Rules.Buildings.Single(building => building.Folder == folder);

    private static Sources SourcesOf(string folder) =>
        Compiled.GetOrAdd(Find(folder), static building => Sources.Of(building, building.Specs.Count == 0 ? [] : Generated(building)));

    private static IReadOnlyList<GeneratedSource> Generated(Building building) =>
        GeneratorRun
            .Of(
                building.AddsSpecs ? null : "runtime",
                [
                    .. (building.AddsSpecs ? RuntimeSources.SpecsIn(building.Folder) : RuntimeSources.Specs).Where(spec =>
                        building.Specs.Any(folder => spec.Path.Replace('\\', '/').StartsWith(folder, StringComparison.Ordinal))
                    ),
                ]
            )
            .Sources;
}
