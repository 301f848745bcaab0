using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Pipeline;

/// <summary>What the pipeline remembers is plain data: nothing in it keeps a compilation or a file alive.</summary>
public class ModelPurityTests
{
    // Each would hold on to a compilation's memory or compare by reference.
    private static readonly Type[] Banned =
    [
        typeof(Compilation),
        typeof(ISymbol),
        typeof(SyntaxNode),
        typeof(SyntaxTree),
        typeof(Location),
        typeof(AdditionalText),
        typeof(SourceText),
        typeof(Diagnostic),
    ];

    [Theory]
    [InlineData(TrackingNames.Options)]
    [InlineData(TrackingNames.Read)]
    [InlineData(TrackingNames.Models)]
    [InlineData(TrackingNames.References)]
    [InlineData(TrackingNames.Surroundings)]
    [InlineData(TrackingNames.Resolution)]
    [InlineData(TrackingNames.Units)]
    [InlineData(TrackingNames.Diagnostics)]
    public void Step_gives_plain_data(string step)
    {
        var outputs = Project.RunBesideLibrary().Step(step);
        Assert.NotEmpty(outputs);
        Assert.All(outputs, static output => AssertPlain(output.Value));
    }

    [Fact]
    public void Every_step_after_the_texts_is_checked() =>
        Assert.Equal(
            Steps.All.Except([TrackingNames.Texts]),
            typeof(ModelPurityTests)
                .GetMethod(nameof(Step_gives_plain_data))!
                .GetCustomAttributes<InlineDataAttribute>()
                .Select(static a => (string)a.Data[0]!)
        );

    [Fact]
    public void Walk_finds_a_banned_object_behind_others() =>
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(static () => AssertPlain(new List<object> { "text", (1, new SpecText("a.yaml", "")) }));

    [Theory]
    [InlineData(TrackingNames.Options)]
    [InlineData(TrackingNames.Read)]
    [InlineData(TrackingNames.Models)]
    [InlineData(TrackingNames.References)]
    [InlineData(TrackingNames.Surroundings)]
    [InlineData(TrackingNames.Resolution)]
    [InlineData(TrackingNames.Units)]
    [InlineData(TrackingNames.Diagnostics)]
    public void Step_gives_equal_values_for_equal_input(string step)
    {
        var first = Project.RunBesideLibrary().Step(step);
        var second = Project.RunBesideLibrary().Step(step);
        Assert.Equal(first.Select(static o => o.Value), second.Select(static o => o.Value), EqualityComparer<object>.Default);
        Assert.Equal(first.Select(static o => o.Value.GetHashCode()), second.Select(static o => o.Value.GetHashCode()));
        Assert.All(first.Zip(second), static pair => Assert.NotSame(pair.First.Value, pair.Second.Value));
    }

    private static void AssertPlain(object root)
    {
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var left = new Stack<(object Value, string Path)>([(root, root.GetType().Name)]);
        while (left.TryPop(out var next))
        {
            var (value, path) = next;
            var type = value.GetType();
            Assert.False(Banned.Any(banned => banned.IsAssignableFrom(type)), $"{path} is a {type}");
            Assert.False(value is Delegate, $"{path} is a delegate");
            if (type.IsPrimitive || type.IsEnum || value is string || !seen.Add(value))
                continue;
            if (value is IEnumerable items)
            {
                foreach (var item in items)
                    Push(item, path + "[]");
            }
            foreach (var field in Fields(type))
                Push(field.GetValue(value), $"{path}.{field.Name}");
        }

        void Push(object? value, string path)
        {
            if (value is not null)
                left.Push((value, path));
        }
    }

    private static IEnumerable<FieldInfo> Fields(Type type)
    {
        for (var at = type; at is not null; at = at.BaseType)
        {
            foreach (
                var field in at.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
            )
                yield return field;
        }
    }
}
