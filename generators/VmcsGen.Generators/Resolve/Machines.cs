using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Units;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Resolve;

/// <summary>The machines that a project is about: those of its property <c>VmcsGenArchitectures</c>, or x86-64.</summary>
/// <param name="All">The machines.</param>
/// <param name="Mistake">What is wrong with the property.</param>
internal sealed record Machines(IReadOnlyList<Architecture> All, SpecError? Mistake)
{
    /// <summary>Reads the property.</summary>
    public static Machines Of(EmitOptions options)
    {
        if (options.Architectures.Count == 0)
            return new([Architecture.X64], null);
        var unknown = options.Architectures.FirstOrDefault(static name => Architecture.Find(name) is null);
        if (unknown is null)
            return new([.. options.Architectures.Select(static name => Architecture.Find(name)!).Distinct()], null);
        var known = string.Join(", ", Architecture.All.Select(static one => one.Name));
        return new(
            [],
            SpecError.Of(DiagnosticIds.UnfittingSpec, 0, $"VmcsGenArchitectures names '{unknown}': it is a list of {known}, with commas")
        );
    }

    /// <summary>What is said of the project's files that are about none of them.</summary>
    public Resolution Misfits(IEnumerable<SpecFile> files, EmitOptions options)
    {
        // The package's own files are about all machines.
        var misfits = files.Where(file => options.Mode == EmitMode.Own && file.Items.Count > 0 && !All.Any(file.Holds));
        return new(
            default,
            default,
            default,
            misfits
                .Select(file => new FileErrors(
                    file.Path,
                    new([
                        SpecError.Of(
                            DiagnosticIds.UnfittingSpec,
                            file.ArchitecturesAt,
                            "This file is about another machine than the project, so nothing comes of it: name its architecture in the property "
                                + "VmcsGenArchitectures"
                        ),
                    ])
                ))
                .ToEquatable(),
            default
        );
    }
}
