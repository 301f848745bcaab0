using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Units;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Resolve;

/// <summary>All specs of a compilation, resolved: what to emit, and the mistakes that only show when specs meet.</summary>
/// <param name="Units">What to emit for each file.</param>
/// <param name="Shared">What to emit for the built-in files together.</param>
/// <param name="Annotations">The attributes on which the emitted code stands, for a project that does not see them.</param>
/// <param name="Errors">The mistakes in each file that has some.</param>
/// <param name="Mistakes">What is wrong with the project, and not with one of its files.</param>
internal sealed record Resolution(
    EquatableArray<FileUnits> Units,
    EquatableArray<EmitUnit> Shared,
    EquatableArray<EmitUnit> Annotations,
    EquatableArray<FileErrors> Errors,
    EquatableArray<SpecError> Mistakes
)
{
    /// <summary>What comes of specs from which nothing can be generated.</summary>
    public static Resolution Nothing(IEnumerable<SpecError> why) => new(default, default, default, default, why.ToEquatable());

    /// <summary>Several as one.</summary>
    public static Resolution Join(IReadOnlyList<Resolution> parts)
    {
        var filled = parts.Where(static part => !part.IsEmpty).ToArray();
        return filled.Length switch
        {
            0 => parts[0],
            1 => filled[0],
            _ => new(
                filled
                    .SelectMany(static part => part.Units)
                    .GroupBy(static file => file.Path)
                    .Select(static file => new FileUnits(file.Key, file.SelectMany(static one => one.Units).ToEquatable()))
                    .ToEquatable(),
                filled.SelectMany(static part => part.Shared).ToEquatable(),
                filled.SelectMany(static part => part.Annotations).Distinct().ToEquatable(),
                filled
                    .SelectMany(static part => part.Errors)
                    .GroupBy(static file => file.Path)
                    .Select(static file => new FileErrors(file.Key, file.SelectMany(static one => one.Errors).Distinct().ToEquatable()))
                    .ToEquatable(),
                filled.SelectMany(static part => part.Mistakes).Distinct().ToEquatable()
            ),
        };
    }

    private bool IsEmpty => Units.Count + Shared.Count + Annotations.Count + Errors.Count + Mistakes.Count == 0;

    // By path: every file asks.
    private readonly Dictionary<string, EquatableArray<EmitUnit>> _units = Units.ToDictionary(
        static file => file.Path,
        static file => file.Units
    );

    private readonly Dictionary<string, EquatableArray<SpecError>> _errors = Errors.ToDictionary(
        static file => file.Path,
        static file => file.Errors
    );

    public EquatableArray<EmitUnit> UnitsOf(string path) => _units.TryGetValue(path, out var units) ? units : default;

    public EquatableArray<SpecError> ErrorsOf(string path) => _errors.TryGetValue(path, out var errors) ? errors : default;

    public bool Equals(Resolution? other) =>
        other is not null
        && Units.Equals(other.Units)
        && Shared.Equals(other.Shared)
        && Annotations.Equals(other.Annotations)
        && Errors.Equals(other.Errors)
        && Mistakes.Equals(other.Mistakes);

    public override int GetHashCode() => Units.GetHashCode();
}

/// <summary>What one file gives.</summary>
internal sealed record FileUnits(string Path, EquatableArray<EmitUnit> Units);

/// <summary>The mistakes in one file.</summary>
internal sealed record FileErrors(string Path, EquatableArray<SpecError> Errors);
