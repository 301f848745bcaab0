using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.References;
using VmcsGen.Generators.Resolve;
using VmcsGen.Generators.Units;
using VmcsGen.Generators.Values;

namespace VmcsGen.Tool.Specs;

/// <summary>
/// The C# types that specs name, as if each were there and could be used: whoever reads specs without a project does not see its C#.
/// </summary>
internal static class SyntheticTypes
{
    /// <summary>The types that some files name.</summary>
    /// <param name="files">The files.</param>
    /// <param name="options">Where their code would go.</param>
    public static Surroundings For(IEnumerable<SpecFile> files, EmitOptions options) =>
        new(
            files
                .SelectMany(file => DescriptorTypes.NamedIn(file, options))
                .Distinct()
                .Select(static query => new HandleType(query, HandleForm.Handle, query.Name, IsPublic: true, IsCreatable: true))
                .ToEquatable()
        );
}
