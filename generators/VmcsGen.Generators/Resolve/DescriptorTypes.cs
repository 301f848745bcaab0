using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.References;
using VmcsGen.Generators.Specs;
using VmcsGen.Generators.Units;

namespace VmcsGen.Generators.Resolve;

/// <summary>The C# types that ioctls name: those of their descriptors.</summary>
/// <param name="place">Where code goes.</param>
/// <param name="found">What the project's code has of them.</param>
internal sealed class DescriptorTypes(Placement place, IEnumerable<HandleType> found)
{
    private readonly Dictionary<HandleQuery, HandleType> _found = found.ToDictionary(static type => type.Query);

    /// <summary>The C# types that a file's ioctls name.</summary>
    public static IEnumerable<HandleQuery> NamedIn(SpecFile file, EmitOptions options) =>
        file
            .Items.OfType<IoctlItem>()
            .SelectMany(static item => item.Handles)
            .Select(name => new HandleQuery(name.Value, file.Namespace ?? options.RootNamespace));

    /// <summary>A C# type that an ioctl names; null, and the item left out, if it cannot have, or own, a descriptor.</summary>
    /// <param name="scope">The file.</param>
    /// <param name="item">The ioctl.</param>
    /// <param name="name">What the spec calls the type.</param>
    /// <param name="isNew">Whether it is to own a descriptor that the ioctl returns.</param>
    public HandleType? Find(FileScope scope, IoctlItem item, Spot<string> name, bool isNew)
    {
        var query = new HandleQuery(name.Value, place.Namespace(scope));
        var type = _found.TryGetValue(query, out var known) ? known : new(query, HandleForm.None);
        var mistake =
            type.Form == HandleForm.None
                ? $"there is no C# type '{name.Value}' that the project's code sees: if it lies elsewhere, write its namespace in front"
            : type.Form == HandleForm.Other ? $"'{name.Value}' is neither a SafeHandle nor an IDescriptorOwner, so it has no descriptor"
            : isNew && type.Form != HandleForm.Handle ? $"'{name.Value}' is no SafeHandle, so it cannot own a new descriptor"
            : isNew && !type.IsCreatable ? $"'{name.Value}' has no constructor without parameters that the project's code sees"
            : !type.IsPublic && place.Access(scope) == "public"
                ? $"'{name.Value}' is internal, and its method would be public: make the type public, or state 'visibility: internal'"
            : null;
        if (mistake is null)
            return type;
        scope.Fail(item, DiagnosticIds.InvalidIoctl, name.At, item.Name.Value, mistake);
        return null;
    }
}
